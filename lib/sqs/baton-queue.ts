/**
 * The queue of one election: each call of the port is one request to SQS, never retried here.
 */
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Baton, BatonLimits, HoldOutcome } from '../core/baton/queue.ts';
import type { Timings } from '../core/time/timing.ts';
import type { BatonQueue } from '../ports.ts';
import { captureRequest } from '../runtime/mechanism/capture-request.ts';
import { BATON_GROUP, batonBody, batonOf, sequenceNumberOf } from './baton-message.ts';
import { clientThrough, createQueueClient, type QueueOptions } from './client.ts';
import { queueProblems } from './fitness.ts';
import {
  holdFailure,
  NOT_HELD,
  NOT_THERE,
  receiveFailure,
  saysNotHeld,
  unknownOf,
} from './sqs-answers.ts';

/** SQS's limit on one receive and on one batch. */
const MESSAGES_MAX = 10;

interface Options extends QueueOptions {
  readonly election: string;
  readonly timings: Timings;
  readonly limits: BatonLimits;
}

type How = { readonly signal: AbortSignal };

export function openBatonQueue(options: Options): BatonQueue {
  const { queueUrl, timings, limits } = options;
  const client = createQueueClient(options);
  const visibilitySeconds = timings.leaseDurationMs / 1_000;
  return {
    limits,
    check: (how) => check(client, options, how),
    receive: (asked, how) => receive(client, queueUrl, { ...asked, visibilitySeconds }, how),
    send: (message, how) => send(client, options, message, how),
    extend: (baton, how) => extend(client, queueUrl, { baton, visibilitySeconds }, how),
    delete: (batons, how) => deleteAll(client, queueUrl, batons, how),
    giveBack: (batons, how) => giveBack(client, queueUrl, batons, how),
    count: (how) => count(client, queueUrl, how),
    prepareDelete: (batons) =>
      captureRequest((handler) => clientThrough(client, handler).send(deletion(queueUrl, batons)), {
        refusedBy: [...NOT_HELD, ...NOT_THERE],
      }),
  };
}

async function check(client: SQSClient, options: Options, { signal }: How) {
  const { queueUrl, timings, limits } = options;
  try {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
      { abortSignal: signal },
    );
    return { kind: 'granted', problems: queueProblems(Attributes, timings, limits) } as const;
  } catch (cause) {
    return unknownOf(cause, queueUrl);
  }
}

async function receive(
  client: SQSClient,
  queueUrl: string,
  asked: { attemptId: string; waitMs: number; visibilitySeconds: number },
  { signal }: How,
) {
  try {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        ReceiveRequestAttemptId: asked.attemptId,
        MaxNumberOfMessages: MESSAGES_MAX,
        WaitTimeSeconds: Math.floor(asked.waitMs / 1_000),
        VisibilityTimeout: asked.visibilitySeconds,
        MessageSystemAttributeNames: ['SequenceNumber'],
      }),
      { abortSignal: signal },
    );
    return { kind: 'granted', batons: Messages.map(batonOf) } as const;
  } catch (cause) {
    return receiveFailure(cause, queueUrl);
  }
}

async function send(
  client: SQSClient,
  { queueUrl, election }: Options,
  message: { deduplicationId: string; sentBy: string },
  { signal }: How,
) {
  try {
    const sent = await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageGroupId: BATON_GROUP,
        MessageDeduplicationId: message.deduplicationId,
        MessageBody: batonBody({ election, sentBy: message.sentBy, epochMs: Date.now() }),
      }),
      { abortSignal: signal },
    );
    return { kind: 'granted', token: sequenceNumberOf(sent.SequenceNumber) } as const;
  } catch (cause) {
    return unknownOf(cause, queueUrl);
  }
}

async function extend(
  client: SQSClient,
  queueUrl: string,
  held: { baton: Baton; visibilitySeconds: number },
  { signal }: How,
): Promise<HoldOutcome> {
  try {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: held.baton.handle,
        VisibilityTimeout: held.visibilitySeconds,
      }),
      { abortSignal: signal },
    );
    return { kind: 'granted' };
  } catch (cause) {
    return holdFailure(cause, queueUrl);
  }
}

async function deleteAll(
  client: SQSClient,
  queueUrl: string,
  batons: readonly Baton[],
  { signal }: How,
): Promise<HoldOutcome> {
  try {
    const { Failed = [] } = await client.send(deletion(queueUrl, batons), { abortSignal: signal });
    const [failed] = Failed;
    if (failed === undefined) return { kind: 'granted' };
    const cause = new Error(`${failed.Code}: ${failed.Message}`);
    const notHeld = Failed.every(({ Code = '' }) => saysNotHeld(Code));
    return notHeld ? { kind: 'refused', cause } : unknownOf(cause, queueUrl);
  } catch (cause) {
    return holdFailure(cause, queueUrl);
  }
}

async function giveBack(
  client: SQSClient,
  queueUrl: string,
  batons: readonly Baton[],
  { signal }: How,
): Promise<void> {
  const entries = entriesOf(batons).map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
  await client.send(
    new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
    { abortSignal: signal },
  );
}

async function count(client: SQSClient, queueUrl: string, { signal }: How) {
  try {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      }),
      { abortSignal: signal },
    );
    const messages = Object.values(Attributes).reduce((sum, text) => sum + Number(text), 0);
    return { kind: 'granted', messages } as const;
  } catch (cause) {
    return unknownOf(cause, queueUrl);
  }
}

function deletion(queueUrl: string, batons: readonly Baton[]): DeleteMessageBatchCommand {
  return new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entriesOf(batons) });
}

function entriesOf(batons: readonly Baton[]) {
  return batons.map((baton, index) => ({ Id: String(index), ReceiptHandle: baton.handle }));
}
