/**
 * Queues and options that cannot elect are refused before anything is received.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDefaults } from '../../lib/core/time/timing.ts';
import { createElection } from '../../lib/index.ts';
import { seedBaton, sqsBaton, sqsHints } from '../../lib/sqs/index.ts';
import { type StrictSqs, startStrictSqs } from '../support/sqs/strict-sqs.ts';
import { createBatonQueue, electionOver, nameOf, TIMINGS } from './queues.ts';

let sqs: StrictSqs;
beforeAll(async () => {
  sqs = await startStrictSqs();
});
afterAll(() => sqs[Symbol.asyncDispose]());

const queueUrl = 'http://127.0.0.1/000000000000/e.fifo';
const mechanism = (options: object) => sqsBaton({ queueUrl, ...options });
const electionWith = (timings: object, options: object = {}, name = 'e') =>
  createElection({ name, via: mechanism(options), timings });

describe('a campaign refuses a queue', () => {
  const receives = () => sqs.calls.filter(({ action }) => action === 'ReceiveMessage').length;

  it.each([
    ['that deduplicates by content', { ContentBasedDeduplication: 'true' }, /repeat a token/],
    [
      'with a dead-letter queue',
      { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: 'arn:d.fifo', maxReceiveCount: 5 }) },
      /remove the dead-letter queue/,
    ],
    [
      'whose visibility timeout is not the lease',
      { VisibilityTimeout: '30' },
      /leaseDurationMs must equal the queue's VisibilityTimeout \(30000\), got 5000/,
    ],
    [
      'that keeps messages for less than two terms',
      { MessageRetentionPeriod: '3600' },
      /MessageRetentionPeriod must be at least .* \(79210 s\), got 3600; raise it/,
    ],
    ['that delays messages', { DelaySeconds: '3' }, /would delay each hand-over/],
  ])('%s', async (_, attributes, message) => {
    const before = receives();
    const unfit = await createBatonQueue(sqs, attributes);

    const campaign = electionOver(sqs, unfit).campaign();

    await expect(campaign).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    await expect(campaign).rejects.toThrow(message);
    expect(receives()).toBe(before);
  });

  it('that is not FIFO, whatever its name says', async () => {
    const fit = await createBatonQueue(sqs);
    sqs.queue(nameOf(fit)).setAttribute('FifoQueue', undefined);
    await expect(electionOver(sqs, fit).campaign()).rejects.toThrow(/must be FIFO/);
  });

  it('that is not there', async () => {
    const missing = `${sqs.endpoint}/000000000000/missing.fifo`;
    await expect(electionOver(sqs, missing).campaign()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(missing),
    });
  });

  it('that these credentials may not use', async () => {
    const fit = await createBatonQueue(sqs);
    sqs.setFault(() => ({ kind: 'answer', status: 403, code: 'AccessDeniedException' }));
    // A campaign goes on, since an operator may attach a policy at any moment. A single attempt rejects.
    await expect(electionOver(sqs, fit).tryCampaign()).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('ChangeMessageVisibility'),
    });
    sqs.setFault(undefined);
  });
});

describe('sqsBaton refuses', () => {
  it.each([
    ['an option that it does not know', { visibility: 3 }, /option visibility of sqsBaton/],
    ['what is no URL', { queueUrl: 'e.fifo' }, /must be a queue's URL, got "e.fifo"/],
    ['a standard queue', { queueUrl: 'http://127.0.0.1/0/e' }, /which ends in .fifo/],
    [
      'both a client and a configuration',
      { client: {}, clientConfig: {} },
      /takes client or clientConfig, got both/,
    ],
  ])('%s', (_, options, message) => {
    expect(() => mechanism(options)).toThrow(message);
  });

  it.each([
    ['a lease that is not in whole seconds', { leaseDurationMs: 2_500 }, {}, /whole seconds/],
    [
      'a poll that leaves no time to lead',
      { leaseDurationMs: 10_000 },
      { pollWaitMs: 9_000 },
      /must exceed pollWaitMs \+ marginMs \+ 2 × writeTimeoutMs \(11200\), got 10000/,
    ],
    [
      'a poll longer than SQS can wait',
      {},
      { pollWaitMs: 21_000 },
      /from 1000 to 20000, got 21000/,
    ],
    ['a lease too short to poll', { leaseDurationMs: 1_000 }, {}, /raise leaseDurationMs/],
    ['a term longer than SQS can hide', {}, { termMsMax: 43_200_000 }, /at most 12 hours/],
    ['a rank, which SQS does not know', { rank: 1 }, {}, /rank must be 0 over SQS/],
    ['a length of emptiness that is none', {}, { emptyForMs: 0 }, /emptyForMs must be/],
  ])('%s', (_, timings, options, message) => {
    expect(() => electionWith(timings, options)).toThrow(message);
  });

  it('a name that SQS cannot carry', () => {
    expect(() => electionWith({}, {}, 'nächtlich')).toThrow(/letters, digits and punctuation/);
    expect(() => electionWith({}, {}, 'x'.repeat(111))).toThrow(/1 to 110/);
  });

  it('nothing of its own defaults', () => {
    const { timings } = electionWith({});
    expect(timings.leaseDurationMs).toBe(30_000);
    const via = mechanism({});
    expect(via.open({ name: 'e', timings }).limits).toEqual({
      pollWaitMs: 20_000,
      termMsMax: 39_600_000,
      emptyForMs: 90_000,
    });
  });

  it('no lease from two seconds on, and fits its poll to it', () => {
    const limitsOf = (leaseDurationMs: number) => {
      const timings = withDefaults({ leaseDurationMs });
      return mechanism({}).open({ name: 'e', timings }).limits;
    };
    expect(limitsOf(2_000).pollWaitMs).toBe(1_000);
    expect(limitsOf(10_000).pollWaitMs).toBe(6_000);
    expect(limitsOf(TIMINGS.leaseDurationMs).pollWaitMs).toBe(3_000);
  });
});

it('refuses unknown options of hints and of seeds', async () => {
  expect(() => sqsHints({ queueUrl, wait: 1 } as never)).toThrow(/option wait of sqsHints/);
  await expect(seedBaton({ queueUrl, election: 'e', name: 'e' } as never)).rejects.toThrow(
    /option name of seedBaton/,
  );
});
