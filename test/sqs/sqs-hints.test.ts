/**
 * Hints for elections over a table: DynamoDB Local, the strict queue, the real clock.
 *
 * The lease here is so long that a standby which only reads would take over long after the deadline of
 * its test: what makes it lead in time is the hint.
 */
import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { createElection, type Election } from '../../lib/index.ts';
import type { Hints, JournalEvent, Term } from '../../lib/ports.ts';
import { sqsHints } from '../../lib/sqs/index.ts';
import { type FreshTable, freshTable } from '../support/dynamodb.ts';
import { type StrictSqs, startStrictSqs } from '../support/sqs/strict-sqs.ts';
import { until } from '../support/until.ts';

const SLOW = { leaseDurationMs: 900_000, renewIntervalMs: 300_000 };

let sqs: StrictSqs;
let table: FreshTable;
let queueUrl: string;
beforeAll(async () => {
  sqs = await startStrictSqs();
  table = await freshTable();
});
afterAll(async () => {
  table[Symbol.dispose]();
  await sqs[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const created = await sqs.client.send(
    new CreateQueueCommand({ QueueName: `${randomUUID()}.fifo` }),
  );
  queueUrl = created.QueueUrl ?? '';
  sqs.setFault(undefined);
});

interface Candidate extends Election {
  readonly events: readonly JournalEvent[];
  readonly stop: AbortController;
}

type Channel = (election: { name: string }) => Hints;
const channel = (): Channel => sqsHints({ queueUrl, clientConfig: sqs.clientConfig });

function candidate(name: string, hints: Channel | undefined, timings: object = SLOW): Candidate {
  const events: JournalEvent[] = [];
  const { tableName, clientConfig } = table;
  const election = createElection({
    name,
    via: dynamoDbLease({ tableName, clientConfig, hints }),
    timings,
    journal: { record: (event) => events.push(event) },
  });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  return { ...election, events, stop };
}

/** Returns once this standby has seen the leader, and listens. */
async function standby(one: Candidate): Promise<{ campaign: Promise<Term> }> {
  const before = polls();
  const campaign = one.campaign({ signal: one.stop.signal });
  campaign.catch(() => undefined);
  await until(() => one.events.some(({ event }) => event === 'standby'));
  await until(() => polls() > before);
  return { campaign };
}

const calls = (action: string) =>
  sqs.calls.filter((call) => call.action === action && call.input.QueueUrl === queueUrl).length;
const polls = () => calls('ReceiveMessage');

const sendHint = (body = JSON.stringify({ tenure: 'hint', formatVersion: 1, election: 'x' })) =>
  sqs.client.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: body,
      MessageGroupId: randomUUID(),
      MessageDeduplicationId: randomUUID(),
    }),
  );

describe('a lease that is released', () => {
  it('is followed at once by one of two standbys', async () => {
    const leader = await candidate('one', channel()).campaign();
    const others = [candidate('one', channel()), candidate('one', channel())];
    for (const one of others) await standby(one);

    await leader.resign();

    const elected = () => others.filter(({ events }) => events.some((e) => e.event === 'elected'));
    await until(() => elected().length === 1);
  });

  it('wakes a standby by a standard queue as well', async () => {
    const created = await sqs.client.send(new CreateQueueCommand({ QueueName: randomUUID() }));
    queueUrl = created.QueueUrl ?? '';
    const leader = await candidate('standard', channel()).campaign();
    const next = candidate('standard', channel());
    await standby(next);

    await leader.resign();

    await until(() => next.events.some(({ event }) => event === 'elected'));
  });

  it('wakes a standby though its leader had a poll open that would keep a hint', async () => {
    const created = await sqs.client.send(new CreateQueueCommand({ QueueName: randomUUID() }));
    queueUrl = created.QueueUrl ?? '';
    // A hint that this poll takes comes back only long after this test.
    sqs.setFault(({ action, input }) => {
      const first = action === 'ReceiveMessage' && input.QueueUrl === queueUrl && polls() === 1;
      if (first) Object.assign(input, { VisibilityTimeout: 600 });
      return undefined;
    });
    const first = await candidate('cut', undefined).campaign();
    const second = candidate('cut', channel());
    const { campaign } = await standby(second);
    second.stop.abort();
    await expect(campaign).rejects.toThrow();
    await first.resign();
    // The candidate was elected without a hint, within the 20 s of its open poll.
    const leader = await second.campaign();
    const third = candidate('cut', channel());
    await standby(third);

    await leader.resign();

    await until(() => third.events.some(({ event }) => event === 'elected'));
  });

  it('is taken by a standby that has no hints, when it next reads', async () => {
    const quick = { leaseDurationMs: 6_000, renewIntervalMs: 1_000 };
    const leader = await candidate('without', channel(), quick).campaign();
    const next = candidate('without', undefined, quick);
    const campaign = next.campaign();
    await until(() => next.events.some(({ event }) => event === 'standby'));

    await leader.resign();

    await using term = await campaign;
    expect(term.token).toBeGreaterThan(leader.token);
  });

  it('is released although the hint cannot be sent, and taken when a standby next reads', async () => {
    const quick = { leaseDurationMs: 6_000, renewIntervalMs: 1_000 };
    const first = candidate('lost', channel(), quick);
    const leader = await first.campaign();
    const next = candidate('lost', channel(), quick);
    const { campaign } = await standby(next);
    sqs.setFault(({ action }) =>
      action === 'SendMessageBatch' ? { kind: 'lose-request' } : undefined,
    );

    await leader.resign();

    await until(() => next.events.some(({ event }) => event === 'elected'));
    await until(() => first.events.some(({ event }) => event === 'error'));
    await (await campaign).resign();
  });
});

describe('a hint that is late, repeated or misdirected', () => {
  it.each([
    ['three times', () => Promise.all([sendHint(), sendHint(), sendHint()])],
    ['for nobody', () => sendHint('what is this')],
  ])('ends nobody’s term: sent %s', async (name, send) => {
    const leader = await candidate(name, channel()).campaign();
    const next = candidate(name, channel());
    await standby(next);
    const before = polls();

    await send();

    // The candidate has taken the hint and read the record, and now waits for the next hint.
    await until(() => polls() > before && calls('DeleteMessageBatch') > 0);
    expect(next.events.some(({ event }) => event === 'elected' || event === 'outrun')).toBe(false);
    expect(leader.remainingMs()).toBeGreaterThan(0);
    await leader.resign();
    await until(() => next.events.some(({ event }) => event === 'elected'));
  });
});
