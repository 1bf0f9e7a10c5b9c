/**
 * `sqsHints`: wakes one standby of a DynamoDB election when the role becomes vacant.
 *
 * One request for each release; one waiting standby receives its message. Hints are for speed alone: a
 * standby that is woken reads the record before it does anything, so a hint that is lost, late, repeated or
 * for another election costs time.
 */
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
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
const POLL_MS_MAX = WAIT_SECONDS * 1_000 + REQUEST_TIMEOUT_MS;
/**
 * SQS's shortest. A poll that another process left open when it ended may still take a hint with it: a
 * second later the hint is another standby's. One that comes twice costs a read.
 */
const VISIBILITY_SECONDS = 1;
/** SQS's largest batch. */
const MESSAGES_MAX = 10;

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
    const now = () => performance.now();
    const channel = { client, queueUrl, cutPolls: createCutPolls(now) };
    const announcement = () => hintsOf(channel, name);
    return {
      ...createHints(channel, name),
      prepareAnnounce: () =>
        captureRequest((handler) => clientThrough(client, handler).send(announcement()), {
          refusedBy: [],
        }),
    };
  };
}

export interface Channel {
  readonly client: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
  readonly cutPolls: CutPolls;
}

/**
 * The polls of ours that were cut, because their standby was elected by expiry or stopped, and that may
 * still take a message: SQS does not say that it ends a poll whose client has gone.
 */
export interface CutPolls {
  readonly open: number;
  /** Calls back where the poll that begins now is cut. */
  begins(): () => void;
}

/** `now`: milliseconds that never go back. */
export function createCutPolls(now: () => number): CutPolls {
  let endsMs: readonly number[] = [];
  return {
    get open() {
      endsMs = endsMs.filter((ms) => ms > now());
      return endsMs.length;
    },
    begins() {
      const endMs = now() + POLL_MS_MAX;
      return () => {
        endsMs = [...endsMs, endMs];
      };
    },
  };
}

export function createHints(channel: Channel, election: string): Pick<Hints, 'announce' | 'wait'> {
  return {
    async announce({ signal }) {
      const { client } = channel;
      const { Failed = [] } = await client.send(hintsOf(channel, election), {
        abortSignal: signal,
      });
      const [failed] = Failed;
      if (failed) throw new Error(`a hint was not sent: ${failed.Code}: ${failed.Message}`);
    },
    wait: ({ signal }) => wait(channel, signal),
  };
}

/** One message for a standby, and one more for each poll of ours that may take it instead: one request. */
function hintsOf({ queueUrl, cutPolls }: Channel, election: string): SendMessageBatchCommand {
  const fifo = new URL(queueUrl).pathname.endsWith('.fifo');
  const MessageBody = JSON.stringify({ tenure: 'hint', formatVersion: 1, election });
  const length = Math.min(1 + cutPolls.open, MESSAGES_MAX);
  const Entries = Array.from({ length }, (_, n) => {
    // A group of its own, so that a hint whose deletion was lost keeps no other back.
    const id = globalThis.crypto.randomUUID();
    const order = fifo ? { MessageGroupId: id, MessageDeduplicationId: id } : {};
    return { Id: String(n), MessageBody, ...order };
  });
  return new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
}

async function wait(channel: Channel, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const messages = await poll(channel, signal);
    if (messages.length === 0) continue;
    // Woken first, tidied after: the deletion is not waited for, and a hint that comes twice is harmless.
    void forget(channel, messages);
    return;
  }
}

async function poll(
  { client, queueUrl, cutPolls }: Channel,
  signal: AbortSignal,
): Promise<readonly Message[]> {
  const deadline = AbortSignal.timeout(POLL_MS_MAX);
  const cut = cutPolls.begins();
  try {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        WaitTimeSeconds: WAIT_SECONDS,
        VisibilityTimeout: VISIBILITY_SECONDS,
        // So that a poll which was cut takes one hint, and no other with it.
        MaxNumberOfMessages: 1,
      }),
      { abortSignal: AbortSignal.any([signal, deadline]) },
    );
    return Messages;
  } finally {
    if (signal.aborted) cut();
  }
}

async function forget({ client, queueUrl }: Channel, messages: readonly Message[]): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
  try {
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }), {
      abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  } catch {
    // It comes again after its visibility timeout, and costs one read of the record.
  }
}
