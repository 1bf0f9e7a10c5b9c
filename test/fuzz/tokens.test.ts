/** Tokens that travel: headers and message attributes that no valid program sends. */
import middy from '@middy/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fencedFetch,
  fenceGuard,
  fencingGuard,
  HIGHEST_TOKEN_HEADER,
  type HttpAnswer,
  memoryFence,
  type QueueRecord,
  recordsGuard,
  TOKEN_ATTRIBUTE,
  TOKEN_HEADER,
} from '../../lib/fence/index.ts';
import { formatToken, isTenureError, parseToken, type Token } from '../../lib/index.ts';
import { termOf } from '../support/fencing-term.ts';

const RUNS = { numRuns: 500, seed: 11 };
const SEEN: Token = 7n;

const oddText = fc.oneof(
  fc.string(),
  fc.bigInt().map(String),
  fc.nat({ max: 12 }).map(String),
  fc.constantFrom('', '007', '-1', '1e3', '0x7', ' 7', '7\n', '5, 9', '9'.repeat(40), '٧'),
);
const anyCase = fc.constantFrom(TOKEN_HEADER, 'fencing-token', 'FENCING-TOKEN', 'fencing-Token');
const headers = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.dictionary(anyCase, fc.oneof({ weight: 4, arbitrary: oddText }, fc.anything()), {
      maxKeys: 2,
    }),
  },
  fc.anything(),
);
const httpEvent = fc.oneof(
  { weight: 4, arbitrary: fc.record({ headers }, { requiredKeys: [] }) },
  fc.anything(),
);

/** A guarded handler whose resource has admitted `SEEN`, the calls that reach it, and its highest token. */
async function guarded() {
  const store = memoryFence();
  const resource = 'printer';
  await store.raise({ resource, token: SEEN });
  const handled: unknown[] = [];
  const guard = fenceGuard({ store });
  return {
    handled,
    http: middy<object, HttpAnswer>()
      .use(fencingGuard({ guard, resource }))
      .handler(async (event) => {
        handled.push(event);
        return { statusCode: 200, headers: {}, body: '{}' };
      }),
    records: middy<{ Records: QueueRecord[] }, object>()
      .use(recordsGuard<QueueRecord>({ guard, resource }))
      .handler(async ({ Records }) => {
        handled.push(...Records);
        return {};
      }),
    highest: () => store.raise({ resource, token: 0n }),
  };
}

describe('a Fencing-Token header', () => {
  it('is admitted as a token, or answered with a status that says why, and changes no token', async () => {
    const answered = new Set<number>();
    await fc.assert(
      fc.asyncProperty(httpEvent, async (event) => {
        const { http, handled, highest } = await guarded();
        const { statusCode, body } = await http(event as object, {} as never);
        answered.add(statusCode);
        expect([200, 400, 409, 428]).toContain(statusCode);
        expect(JSON.parse(body)).toBeTypeOf('object');
        expect(handled).toHaveLength(statusCode === 200 ? 1 : 0);
        if (statusCode !== 200) expect(await highest()).toBe(SEEN);
      }),
      RUNS,
    );
    expect([...answered].toSorted((a, b) => a - b)).toEqual([200, 400, 409, 428]);
  });

  it.each([
    ['no event', null, 428],
    ['no headers', { headers: null }, 428],
    ['an empty one', { headers: { [TOKEN_HEADER]: '' } }, 400],
    ['a number', { headers: { [TOKEN_HEADER]: 8 } }, 400],
    ['a list', { headers: { [TOKEN_HEADER]: ['8'] } }, 400],
    ['nothing', { headers: { [TOKEN_HEADER]: null } }, 400],
    ['two', { headers: { [TOKEN_HEADER]: '8', 'fencing-token': '9' } }, 400],
    ['two joined', { headers: { [TOKEN_HEADER]: '8, 9' } }, 400],
    ['a space before it', { headers: { [TOKEN_HEADER]: ' 8' } }, 400],
    ['a zero before it', { headers: { [TOKEN_HEADER]: '08' } }, 400],
    ['a sign', { headers: { [TOKEN_HEADER]: '+8' } }, 400],
    ['39 digits', { headers: { [TOKEN_HEADER]: '9'.repeat(39) } }, 400],
    ['a lower one', { headers: { [TOKEN_HEADER]: '6' } }, 409],
    ['38 nines', { headers: { [TOKEN_HEADER]: '9'.repeat(38) } }, 400],
    ['20 digits, as a queue counts', { headers: { [TOKEN_HEADER]: '9'.repeat(20) } }, 200],
  ])('with %s is answered so', async (_what, event, statusCode) => {
    const { http, handled } = await guarded();

    expect(await http(event as object, {} as never)).toMatchObject({ statusCode });
    expect(handled).toHaveLength(statusCode === 200 ? 1 : 0);
  });
});

describe("a guard's 409", () => {
  it('is StaleTokenError where it names a higher token, else the caller’s', async () => {
    const asHeader = oddText.filter((text) => /^[ -~]*$/.test(text));
    await fc.assert(
      fc.asyncProperty(asHeader, async (text) => {
        const term = termOf(SEEN);
        const answer = new Response(null, {
          status: 409,
          headers: { [HIGHEST_TOKEN_HEADER]: text },
        });
        const sent = await fencedFetch(
          term,
          async () => answer,
        )('http://localhost/').then(
          (response) => ({ response, error: undefined }),
          (error: unknown) => ({ response: undefined, error }),
        );
        const highest = parseToken(text.trim());
        if (highest === undefined || highest <= SEEN) expect(sent.response).toBe(answer);
        else expect(isTenureError(sent.error, 'STALE_TOKEN')).toBe(true);
      }),
      RUNS,
    );
  });
});

const attributes = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.dictionary(
      fc.constantFrom(TOKEN_ATTRIBUTE, 'Other'),
      fc.oneof(
        fc.anything(),
        fc.record({ stringValue: fc.oneof(oddText, fc.anything()) }, { requiredKeys: [] }),
      ),
    ),
  },
  fc.anything(),
);
const record = fc.record(
  {
    messageId: fc.uuid(),
    messageAttributes: attributes,
    attributes: fc.oneof(fc.anything(), fc.record({ MessageGroupId: fc.constantFrom('g', 'h') })),
  },
  { requiredKeys: ['messageId'] },
);
const batch = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ Records: fc.array(record, { minLength: 1, maxLength: 4 }) }),
  },
  fc.record({ Records: fc.oneof(fc.anything(), fc.array(fc.anything())) }),
  fc.anything(),
);

describe('a message', () => {
  it('with an odd token is reported as failed, and never handled', async () => {
    let [failed, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(batch, async (event) => {
        const { records, handled, highest } = await guarded();
        const answer = await records(event as never, {} as never).then(
          (given) => given as { batchItemFailures: { itemIdentifier: string }[] },
          (error: unknown) => {
            refused += 1;
            expect(isTenureError(error, 'MALFORMED_DATA'), String(error)).toBe(true);
          },
        );
        const tokens = (handled as QueueRecord[]).map((one) =>
          parseToken(one.messageAttributes?.[TOKEN_ATTRIBUTE]?.stringValue ?? ''),
        );
        for (const token of tokens) expect(token).toBeGreaterThanOrEqual(SEEN);
        expect(await highest()).toBe(tokens.reduce<Token>((a, b = 0n) => (a > b ? a : b), SEEN));
        if (!answer) return;
        failed += answer.batchItemFailures.length;
        const { Records } = event as { Records: { messageId: string }[] };
        const known = Records.map(({ messageId }) => messageId);
        for (const { itemIdentifier } of answer.batchItemFailures) {
          expect(known).toContain(itemIdentifier);
        }
        expect(answer.batchItemFailures.length + handled.length).toBe(Records.length);
      }),
      RUNS,
    );
    expect(failed).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(50);
  });

  const carrying = (stringValue: unknown) => ({
    messageId: 'm',
    messageAttributes: { [TOKEN_ATTRIBUTE]: { stringValue } },
  });
  it.each([
    ['no attributes', { messageId: 'm' }],
    ['attributes that are nothing', { messageId: 'm', messageAttributes: null }],
    ['a token that is nothing', { messageId: 'm', messageAttributes: { FencingToken: null } }],
    [
      'a binary one',
      { messageId: 'm', messageAttributes: { FencingToken: { binaryValue: 'OA==' } } },
    ],
    ['a number', carrying(8)],
    ['a list', carrying(['8'])],
    ['a sign', carrying('-8')],
    ['a lower one', carrying(formatToken(SEEN - 1n))],
  ])('with %s comes back', async (_what, odd) => {
    const { records, handled } = await guarded();

    const answer = await records({ Records: [odd] } as never, {} as never);

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm' }] });
    expect(handled).toEqual([]);
  });

  it.each([
    ['no event', null],
    ['no records', {}],
    ['records that are no list', { Records: 'two' }],
    ['a record that is nothing', { Records: [null] }],
    ['a record without an id', { Records: [carrying('8'), { messageAttributes: {} }] }],
  ])('of a batch that is none fails all of it: %s', async (_what, event) => {
    const { records, handled, highest } = await guarded();

    const error = await records(event as never, {} as never).catch((cause: unknown) => cause);

    expect(isTenureError(error, 'MALFORMED_DATA'), String(error)).toBe(true);
    expect(handled).toEqual([]);
    expect(await highest()).toBe(SEEN);
  });
});
