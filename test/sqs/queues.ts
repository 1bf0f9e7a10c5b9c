/**
 * Queues and elections for the tests of the baton, on the strict layer.
 */
import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { createElection, type Election, type ElectionOptions } from '../../lib/index.ts';
import type { Journal, JournalEvent } from '../../lib/ports.ts';
import { type SqsBatonOptions, seedBaton, sqsBaton } from '../../lib/sqs/index.ts';
import { type StrictSqs, startStrictSqs } from '../support/sqs/strict-sqs.ts';

/** An SQS of the current test's own, stopped when it finishes. */
export async function strictSqs(): Promise<StrictSqs> {
  const sqs = await startStrictSqs();
  onTestFinished(() => sqs[Symbol.asyncDispose]());
  return sqs;
}

export const LEASE_SECONDS = 5;
/** Short enough for tests, long enough for a loaded machine. */
export const TIMINGS = {
  leaseDurationMs: LEASE_SECONDS * 1_000,
  renewIntervalMs: 1_000,
  writeTimeoutMs: 500,
};

/** An empty queue, fit for `TIMINGS` unless attributes say otherwise. */
export async function createBatonQueue(
  sqs: StrictSqs,
  attributes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { QueueUrl = '' } = await sqs.client.send(
    new CreateQueueCommand({
      QueueName: `${randomUUID()}.fifo`,
      Attributes: {
        FifoQueue: 'true',
        VisibilityTimeout: String(LEASE_SECONDS),
        MessageRetentionPeriod: '1209600',
        ...attributes,
      },
    }),
  );
  return QueueUrl;
}

/** A queue with one baton. */
export async function createSeededQueue(sqs: StrictSqs, election = 'e'): Promise<string> {
  const queueUrl = await createBatonQueue(sqs);
  await seedBaton({ queueUrl, election, clientConfig: sqs.clientConfig });
  return queueUrl;
}

export interface Watched extends Election {
  readonly events: readonly JournalEvent[];
}

export function electionOver(
  sqs: StrictSqs,
  queueUrl: string,
  options: Partial<ElectionOptions> & { readonly baton?: Partial<SqsBatonOptions> } = {},
): Watched {
  const { baton, ...rest } = options;
  const events: JournalEvent[] = [];
  const journal: Journal = { record: (event) => events.push(event) };
  const election = createElection({
    name: 'e',
    via: sqsBaton({ queueUrl, clientConfig: sqs.clientConfig, ...baton }),
    timings: TIMINGS,
    journal,
    ...rest,
  });
  return { ...election, events };
}

/** Receives without waiting, and gives what the queue returns. */
export async function peek(sqs: StrictSqs, queueUrl: string): Promise<readonly string[]> {
  const { Messages = [] } = await sqs.client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
    }),
  );
  return Messages.map((message) => message.Body ?? '');
}

export const nameOf = (queueUrl: string): string => queueUrl.split('/').at(-1) ?? '';
