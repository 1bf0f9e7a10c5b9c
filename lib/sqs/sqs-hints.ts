/**
 * `sqsHints`: wakes one standby of a DynamoDB election when the role becomes vacant.
 *
 * One message for each release; one waiting standby receives it. Hints are for speed alone: whoever is
 * woken reads the record before it does anything, so one that is lost, late, repeated or for another
 * election costs time.
 */
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Hints } from '../ports.ts';
import { captureRequest } from '../runtime/mechanism/capture-request.ts';
import {
  checkQueueOptions,
  clientThrough,
  createQueueClient,
  type QueueOptions,
} from './client.ts';

/** SQS's longest wait: the fewest requests. */
const WAIT_SECONDS = 20;
/** How long one request may take beyond what it waits. */
const REQUEST_TIMEOUT_MS = 5_000;
/**
 * SQS's shortest. A poll that is cut, because its standby was elected or stopped, may still take a hint
 * with it: a second later the hint is another standby's. One that comes twice costs a read.
 */
const VISIBILITY_SECONDS = 1;

/**
 * The hint channel of the elections that share this queue; each has one of its own at best, since a hint
 * for one election may wake a standby of another. Standard and FIFO queues serve; a short retention
 * keeps old hints away.
 * @throws InvalidOptionsError when an option cannot be used.
 */
export function sqsHints(options: QueueOptions): (election: { name: string }) => Hints {
  checkQueueOptions('sqsHints', options, ['queueUrl', 'client', 'clientConfig']);
  return ({ name }) => {
    const client = createQueueClient(options);
    const { queueUrl } = options;
    return {
      announce: ({ signal }) => announce(client, { queueUrl, election: name }, signal),
      wait: ({ signal }) => wait(client, { queueUrl, election: name }, signal),
      prepareAnnounce: () =>
        captureRequest(
          (handler) => clientThrough(client, handler).send(hint({ queueUrl, election: name })),
          { refusedBy: [] },
        ),
    };
  };
}

interface Channel {
  readonly queueUrl: string;
  readonly election: string;
}

async function announce(client: SQSClient, channel: Channel, signal: AbortSignal): Promise<void> {
  await client.send(hint(channel), { abortSignal: signal });
}

function hint({ queueUrl, election }: Channel): SendMessageCommand {
  const fifo = new URL(queueUrl).pathname.endsWith('.fifo');
  // A group of its own, so that a hint whose deletion was lost keeps no other back.
  const id = globalThis.crypto.randomUUID();
  const order = { MessageGroupId: id, MessageDeduplicationId: id };
  return new SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: JSON.stringify({ tenure: 'hint', formatVersion: 1, election }),
    ...(fifo ? order : {}),
  });
}

async function wait(client: SQSClient, channel: Channel, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const messages = await poll(client, channel, signal);
    if (messages.length === 0) continue;
    // Woken first, tidied after: the deletion is not waited for, and a hint that comes twice is harmless.
    void forget(client, channel, messages);
    return;
  }
}

async function poll(client: SQSClient, { queueUrl }: Channel, signal: AbortSignal) {
  const deadline = AbortSignal.timeout(WAIT_SECONDS * 1_000 + REQUEST_TIMEOUT_MS);
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      WaitTimeSeconds: WAIT_SECONDS,
      VisibilityTimeout: VISIBILITY_SECONDS,
      // Hints that piled up while nobody waited are one piece of news.
      MaxNumberOfMessages: 10,
    }),
    { abortSignal: AbortSignal.any([signal, deadline]) },
  );
  return Messages;
}

async function forget(client: SQSClient, { queueUrl }: Channel, messages: readonly Message[]) {
  const Entries = messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
  try {
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }), {
      abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  } catch {
    // It comes again after its visibility timeout, and costs one read of the record.
  }
}
