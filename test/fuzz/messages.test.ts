/** Messages that no valid program sends: each gives a typed error or a documented outcome, and none elects. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createElection, isTenureError } from '../../lib/index.ts';
import { makeTickHandler, sqsBaton, sqsHints, type Tick, tickSender } from '../../lib/sqs/index.ts';
import { type ManualClock, manualClock } from '../../lib/testing/index.ts';
import { refusalOf } from '../support/fencing-term.ts';
import { type ScriptedCall, scriptedConnection } from '../support/network/scripted-connection.ts';

const RUNS = { numRuns: 300, seed: 11 };
const ELECTION = 'fuzzed';
const queueUrl = 'http://127.0.0.1:9/000000000000/fuzzed.fifo';
/** The attributes of a queue that is fit. */
const FIT = { FifoQueue: 'true', VisibilityTimeout: '30', MessageRetentionPeriod: '1209600' };

const GOOD_BODY = JSON.stringify({ tenure: 'baton', formatVersion: 1, election: ELECTION });
const GOOD = { ReceiptHandle: 'h', Body: GOOD_BODY, Attributes: { SequenceNumber: '7' } };

/** A sequence number above every one that was received. */
const SUCCESSOR = { SequenceNumber: '9'.repeat(38) };

const oddText = fc.oneof(
  fc.string(),
  fc.bigInt().map(String),
  fc.constantFrom('', '007', '-1', '1e3', '0x7', ' 7', '7 ', '9'.repeat(40), '٧'),
);
const oddBody = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record(
      {
        tenure: fc.constantFrom('baton', 'hint', 'tick', 7, null),
        election: fc.oneof(fc.constant(ELECTION), fc.string(), fc.constantFrom(null, 7)),
        formatVersion: fc.oneof(fc.integer(), fc.string()),
      },
      { requiredKeys: [] },
    )
    .map((body) => JSON.stringify(body)),
);
const message = fc.record(
  {
    MessageId: fc.string(),
    ReceiptHandle: fc.oneof(fc.constant('h'), fc.string()),
    Body: fc.oneof(fc.constant(GOOD_BODY), oddBody),
    Attributes: fc.record(
      { SequenceNumber: fc.oneof(fc.constant('00000000000000000007'), oddText) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
type Message = typeof message extends fc.Arbitrary<infer M> ? M : never;

/** In the clock's time: no attempt outlasts a lease. */
async function inTime<T>(clock: ManualClock, settling: Promise<T>): Promise<T> {
  let settled = false;
  void settling.finally(() => {
    settled = true;
  });
  for (let second = 0; second < 60 && !settled; second += 1) await clock.advance(1_000);
  expect(settled, 'an attempt hangs').toBe(true);
  return settling;
}

/** The outcome of one attempt to lead, over a queue that delivers `Messages` and answers a send with `sent`. */
async function attempt(Messages: readonly Message[], sent: object = SUCCESSOR) {
  const { calls, clientConfig } = scriptedConnection(({ operation }: ScriptedCall) => {
    if (operation === 'GetQueueAttributes') return { Attributes: FIT };
    if (operation === 'ReceiveMessage') return { Messages };
    return operation === 'SendMessage' ? sent : {};
  });
  const clock = manualClock();
  const via = sqsBaton({ queueUrl, clientConfig: { ...clientConfig, md5: false as const } });
  const election = createElection({ name: ELECTION, via, clock });
  const attempted = election.tryCampaign().then(
    (term) => ({ term, error: undefined }),
    (error: unknown) => ({ term: undefined, error }),
  );
  const outcome = await inTime(clock, attempted);
  return { ...outcome, operations: calls.map(({ operation }) => operation) };
}

describe('a baton', () => {
  it('that is odd ends the attempt with a typed error, and nothing is sent or deleted', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 3 }), async (messages) => {
        const { term, error, operations } = await attempt(messages);
        if (term !== undefined) return;
        refused += 1;
        expect(isTenureError(error)).toBe(true);
        expect(operations).not.toContain('SendMessage');
        expect(operations).not.toContain('DeleteMessageBatch');
      }),
      RUNS,
    );
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(RUNS.numRuns);
  });

  it.each([
    ['no handle', { ...GOOD, ReceiptHandle: undefined }, 'MALFORMED_DATA'],
    ['no attributes', { ...GOOD, Attributes: undefined }, 'MALFORMED_DATA'],
    ['no number', { ...GOOD, Attributes: {} }, 'MALFORMED_DATA'],
    ['a number in words', { ...GOOD, Attributes: { SequenceNumber: 'seven' } }, 'MALFORMED_DATA'],
    ['a negative number', { ...GOOD, Attributes: { SequenceNumber: '-7' } }, 'MALFORMED_DATA'],
    [
      'a number of 39 digits',
      { ...GOOD, Attributes: { SequenceNumber: '7'.repeat(39) } },
      'MALFORMED_DATA',
    ],
    ['no body', { ...GOOD, Body: undefined }, 'INVALID_OPTIONS'],
    ['a body that is not JSON', { ...GOOD, Body: '{' }, 'INVALID_OPTIONS'],
    ['a body that is null', { ...GOOD, Body: 'null' }, 'INVALID_OPTIONS'],
    ['another election', { ...GOOD, Body: GOOD_BODY.replace(ELECTION, 'x') }, 'INVALID_OPTIONS'],
    ['a hint', { ...GOOD, Body: GOOD_BODY.replace('baton', 'hint') }, 'INVALID_OPTIONS'],
  ] as const)('with %s is no baton', async (_what, odd, code) => {
    const { error, operations } = await attempt([odd as Message]);

    expect(isTenureError(error, code), String(error)).toBe(true);
    expect(operations).not.toContain('SendMessage');
  });

  it('whose successor has no number is given back, and not led by', async () => {
    await fc.assert(
      fc.asyncProperty(oddText, async (SequenceNumber) => {
        const { term, error, operations } = await attempt([GOOD as Message], { SequenceNumber });
        if (term !== undefined) {
          expect(term.token.toString()).toBe(SequenceNumber.replace(/^0+(?=\d)/, ''));
          return;
        }
        expect(isTenureError(error)).toBe(true);
        expect(operations.at(-1)).toBe('ChangeMessageVisibilityBatch');
        expect(operations).not.toContain('DeleteMessageBatch');
      }),
      RUNS,
    );
  });
});

describe('a hint', () => {
  it('wakes whatever it says, and is taken away', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 3 }), async (Messages) => {
        const { calls, clientConfig } = scriptedConnection(({ operation }) =>
          operation === 'ReceiveMessage' ? { Messages } : {},
        );
        const config = { ...clientConfig, md5: false as const };
        const hints = sqsHints({ queueUrl, clientConfig: config })({ name: ELECTION });

        await hints.wait({ signal: new AbortController().signal });

        expect(calls.map(({ operation }) => operation)).not.toContain('SendMessage');
      }),
      RUNS,
    );
  });
});

const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 1_000 };

/** What a handler of ticks makes of this event. */
async function worked(event: unknown) {
  const ticks: Tick[] = [];
  const handler = makeTickHandler((tick) => void ticks.push(tick));
  const error = await refusalOf(handler(event as never, context));
  return { error, ticks };
}

const GOOD_TICK = {
  messageId: 'm',
  body: '',
  attributes: { SequenceNumber: '7', MessageGroupId: ELECTION, ApproximateReceiveCount: '1' },
};
const tickRecord = fc.oneof(
  fc.anything(),
  fc.record(
    {
      messageId: fc.oneof(fc.string(), fc.anything()),
      body: fc.string(),
      attributes: fc.oneof(
        fc.anything(),
        fc.record(
          {
            SequenceNumber: oddText,
            MessageGroupId: fc.oneof(fc.constant(ELECTION), fc.anything()),
            ApproximateReceiveCount: fc.oneof(fc.constant('1'), oddText),
          },
          { requiredKeys: [] },
        ),
      ),
    },
    { requiredKeys: [] },
  ),
);

describe('a tick', () => {
  it('that is odd fails the invocation with a typed error before any work', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.anything(),
          fc.record({ Records: fc.oneof(fc.anything(), fc.array(tickRecord, { maxLength: 2 })) }),
        ),
        async (event) => {
          const { error, ticks } = await worked(event);
          if (error !== undefined) {
            refused += 1;
            expect(isTenureError(error), String(error)).toBe(true);
            expect(ticks).toEqual([]);
          }
          for (const { token, election, receiveCount } of ticks) {
            expect([typeof token, typeof election]).toEqual(['bigint', 'string']);
            expect(receiveCount).toBeGreaterThanOrEqual(1);
          }
        },
      ),
      RUNS,
    );
    expect(refused).toBeGreaterThan(100);
  });

  const changed = (attributes: object) => ({
    Records: [{ ...GOOD_TICK, attributes: { ...GOOD_TICK.attributes, ...attributes } }],
  });
  it.each([
    ['an event of another source', { detail: {} }, 'INVALID_OPTIONS'],
    ['no event', null, 'INVALID_OPTIONS'],
    ['records that are no list', { Records: 'two' }, 'INVALID_OPTIONS'],
    ['a record that is nothing', { Records: [null] }, 'INVALID_OPTIONS'],
    ['a record without attributes', { Records: [{ body: '' }] }, 'INVALID_OPTIONS'],
    ['a standard queue', changed({ SequenceNumber: undefined }), 'INVALID_OPTIONS'],
    ['no group', changed({ MessageGroupId: undefined }), 'INVALID_OPTIONS'],
    ['a number in words', changed({ SequenceNumber: 'seven' }), 'MALFORMED_DATA'],
    ['a count in words', changed({ ApproximateReceiveCount: 'once' }), 'MALFORMED_DATA'],
  ] as const)('is refused: %s', async (_what, event, code) => {
    const { error, ticks } = await worked(event);

    expect(isTenureError(error, code), String(error)).toBe(true);
    expect(ticks).toEqual([]);
  });

  it('that is as it should be is worked', async () => {
    const { ticks } = await worked({ Records: [GOOD_TICK] });
    expect(ticks).toMatchObject([{ token: 7n, election: ELECTION, receiveCount: 1 }]);
  });

  it('is sent under a name that SQS takes, or not at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), oddText, oddText, async (election, id, SequenceNumber) => {
        const { calls, clientConfig } = scriptedConnection(() => ({ SequenceNumber }));
        const sender = tickSender({
          queueUrl,
          clientConfig: { ...clientConfig, md5: false as const },
        });
        const tick = { election, body: '', deduplicationId: id };
        const error = await refusalOf(sender.send(tick));
        if (error === undefined) return;
        expect(isTenureError(error), String(error)).toBe(true);
        expect(calls).toHaveLength(isTenureError(error, 'INVALID_OPTIONS') ? 0 : 1);
      }),
      RUNS,
    );
  });
});
