/**
 * What SQS answers, and what the protocol makes of it. Each call of the port is one request.
 */
import { randomUUID } from 'node:crypto';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withDefaults } from '../../lib/core/time/timing.ts';
import { sqsBaton } from '../../lib/sqs/index.ts';
import { type StrictSqs, startStrictSqs } from '../support/sqs/strict-sqs.ts';
import { createBatonQueue, createSeededQueue, TIMINGS } from './queues.ts';

let sqs: StrictSqs;
beforeAll(async () => {
  sqs = await startStrictSqs();
});
afterAll(() => sqs[Symbol.asyncDispose]());
afterEach(() => sqs.setFault(undefined));

const timings = withDefaults(TIMINGS);
const soon = () => ({ signal: AbortSignal.timeout(5_000) });

function open(queueUrl: string, client: object = { clientConfig: sqs.clientConfig }) {
  return sqsBaton({ queueUrl, ...client }).open({ name: 'e', timings });
}

async function holding() {
  const queue = open(await createSeededQueue(sqs));
  const received = await queue.receive({ attemptId: randomUUID(), waitMs: 0 }, soon());
  const [baton] = received.kind === 'granted' ? received.batons : [];
  if (baton === undefined) throw new Error('no baton was received');
  return { queue, baton };
}

const answering = (code: string, status = 400) =>
  sqs.setFault(() => ({ kind: 'answer', status, code }));

describe('an extension', () => {
  it('is granted while the baton is held', async () => {
    const { queue, baton } = await holding();
    expect(await queue.extend(baton, soon())).toEqual({ kind: 'granted' });
  });

  it('is refused once the visibility has run out', async () => {
    const { queue, baton } = await holding();
    sqs.advance(TIMINGS.leaseDurationMs + 1);
    expect(await queue.extend(baton, soon())).toMatchObject({ kind: 'refused' });
  });

  it('is refused once another candidate has received the baton', async () => {
    const { queue, baton } = await holding();
    sqs.advance(TIMINGS.leaseDurationMs + 1);
    await queue.receive({ attemptId: randomUUID(), waitMs: 0 }, soon());
    expect(await queue.extend(baton, soon())).toMatchObject({ kind: 'refused' });
  });

  it.each([
    'ReceiptHandleIsInvalid',
    'MessageNotInflight',
    'InvalidParameterValue',
    'AWS.SimpleQueueService.NonExistentQueue',
  ])('is refused by %s', async (code) => {
    const { queue, baton } = await holding();
    answering(code);
    expect(await queue.extend(baton, soon())).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['RequestThrottled', 400],
    ['ThrottlingException', 400],
    ['ServiceUnavailable', 503],
    ['InternalFailure', 500],
  ])('is not decided by %s', async (code, status) => {
    const { queue, baton } = await holding();
    answering(code, status);
    expect(await queue.extend(baton, soon())).toMatchObject({ kind: 'unknown', permanent: false });
  });

  it('is not decided by a lost answer, though it was applied', async () => {
    const { queue, baton } = await holding();
    sqs.setFault(() => ({ kind: 'lose-answer' }));
    expect(await queue.extend(baton, soon())).toMatchObject({ kind: 'unknown', permanent: false });
  });
});

describe('a receive', () => {
  it('gives the same batons for the same attempt id, after an answer was lost', async () => {
    const queue = open(await createSeededQueue(sqs));
    sqs.setFault(() => ({ kind: 'lose-answer' }));
    const asked = { attemptId: randomUUID(), waitMs: 0 };
    expect(await queue.receive(asked, soon())).toMatchObject({ kind: 'unknown' });
    sqs.setFault(undefined);

    const again = await queue.receive(asked, soon());

    expect(again).toMatchObject({ kind: 'granted', batons: [{ sequenceNumber: 1n }] });
  });

  it.each(['RequestThrottled', 'InvalidParameterValue'])(
    'cannot be asked for again after %s',
    async (code) => {
      const queue = open(await createSeededQueue(sqs));
      answering(code);
      const asked = { attemptId: randomUUID(), waitMs: 0 };
      expect(await queue.receive(asked, soon())).toMatchObject({ kind: 'refused' });
    },
  );

  it('is cut by its signal', async () => {
    const queue = open(await createBatonQueue(sqs));
    const asked = { attemptId: randomUUID(), waitMs: 20_000 };
    const outcome = await queue.receive(asked, { signal: AbortSignal.timeout(50) });
    expect(outcome).toMatchObject({ kind: 'unknown', permanent: false });
  });
});

describe('a send', () => {
  it('has the same number for the same deduplication id', async () => {
    const queue = open(await createBatonQueue(sqs));
    const message = { deduplicationId: randomUUID(), sentBy: 'me' };
    const first = await queue.send(message, soon());
    expect(await queue.send(message, soon())).toEqual(first);
    expect(await queue.count(soon())).toEqual({ kind: 'granted', messages: 1 });
  });
});

describe('a deletion', () => {
  it('is granted while the batons are held, and again when its answer was lost', async () => {
    const { queue, baton } = await holding();
    expect(await queue.delete([baton], soon())).toEqual({ kind: 'granted' });
    expect(await queue.delete([baton], soon())).toEqual({ kind: 'granted' });
    expect(await queue.count(soon())).toEqual({ kind: 'granted', messages: 0 });
  });

  it('is refused once the visibility has run out', async () => {
    const { queue, baton } = await holding();
    sqs.advance(TIMINGS.leaseDurationMs + 1);
    expect(await queue.delete([baton], soon())).toMatchObject({ kind: 'refused' });
    expect(await queue.count(soon())).toEqual({ kind: 'granted', messages: 1 });
  });
});

describe('the client', () => {
  async function requestsOf(client: object): Promise<number> {
    const queue = open(await createBatonQueue(sqs), client);
    answering('InternalFailure', 500);
    const before = sqs.calls.length;
    await queue.count(soon());
    sqs.setFault(undefined);
    return sqs.calls.length - before;
  }

  it('never retries by itself, whatever its configuration says', async () => {
    const clientConfig = { ...sqs.clientConfig, maxAttempts: 5 };
    expect(await requestsOf({ clientConfig })).toBe(1);
  });

  it("never retries by itself when it is a copy of the user's", async () => {
    const client = new SQSClient({ ...sqs.clientConfig, maxAttempts: 5 });
    expect(await requestsOf({ client })).toBe(1);
  });

  it('finds a local queue by its URL alone', async () => {
    const { region, credentials } = sqs.clientConfig;
    const queue = open(await createBatonQueue(sqs), { clientConfig: { region, credentials } });
    expect(await queue.count(soon())).toEqual({ kind: 'granted', messages: 0 });
  });
});
