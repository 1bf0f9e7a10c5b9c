/**
 * `sqsHints`: wakes one standby of a DynamoDB election when the role becomes vacant.
 *
 * A release costs one request, and one waiting standby receives its message. Hints are for speed
 * alone. A standby that is woken reads the record before it does anything. So a hint that is lost,
 * late, repeated or for another election costs only time.
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
/** By then an abandoned poll has taken the hint that ends it, or another poll has. */
const ENDS_WITHIN_MS = 1_000;
/**
 * SQS's shortest. A poll that a killed process left open may still take a hint: a second later
 * another standby can receive that hint. A hint that comes twice costs one read.
 */
const VISIBILITY_SECONDS = 1;
/** SQS's largest batch. */
const MESSAGES_MAX = 10;

/**
 * The hint channel of the elections that share this queue. Best give each election a queue of its
 * own, since a hint for one may wake a standby of another. Standard and FIFO queues serve. A short
 * retention keeps old hints away.
 * @throws InvalidOptionsError when an option cannot be used.
 */
export function sqsHints(options: QueueOptions): (election: { name: string }) => Hints {
  checkQueueOptions('sqsHints', options, ['queueUrl', 'client', 'clientConfig']);
  return ({ name }) => {
    const client = createQueueClient(options);
    const { queueUrl } = options;
    const now = () => performance.now();
    const channel = { client, queueUrl, abandoned: createAbandonedPolls(now) };
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
  readonly abandoned: AbandonedPolls;
}

/**
 * The polls of this process that are open though no standby waits for them: the standby was elected
 * by expiry, or was stopped. Each may take a message. Cutting the connection does not help: SQS
 * does not promise to end a poll whose client has gone.
 */
export interface AbandonedPolls {
  readonly count: number;
  /** Counts one more poll. Call the function that it returns once that poll has ended. */
  add(): () => void;
}

/** `now` returns milliseconds that never go back. */
export function createAbandonedPolls(now: () => number): AbandonedPolls {
  const endsMs = new Map<symbol, number>();
  return {
    get count() {
      for (const [id, ms] of endsMs) if (ms <= now()) endsMs.delete(id);
      return endsMs.size;
    },
    add() {
      const id = Symbol();
      endsMs.set(id, now() + POLL_MS_MAX);
      return () => void endsMs.delete(id);
    },
  };
}

export function createHints(channel: Channel, election: string): Pick<Hints, 'announce' | 'wait'> {
  return {
    announce: ({ signal }) => announce(channel, election, signal),
    async wait({ signal }) {
      for (;;) {
        signal.throwIfAborted();
        const messages = await poll(channel, election, signal);
        if (messages.length === 0) continue;
        // The standby is woken first. Its wait does not include the deletion: a hint that comes
        // twice is harmless.
        void forget(channel, messages);
        return;
      }
    },
  };
}

async function announce(channel: Channel, election: string, signal: AbortSignal): Promise<void> {
  const { client } = channel;
  const { Failed = [] } = await client.send(hintsOf(channel, election), { abortSignal: signal });
  const [failed] = Failed;
  if (failed) throw new Error(`a hint was not sent: ${failed.Code}: ${failed.Message}`);
}

/**
 * One message for a standby, and one more for each abandoned poll that may take it instead. One
 * request.
 */
function hintsOf({ queueUrl, abandoned }: Channel, election: string): SendMessageBatchCommand {
  const fifo = new URL(queueUrl).pathname.endsWith('.fifo');
  const MessageBody = JSON.stringify({ tenure: 'hint', formatVersion: 1, election });
  const length = Math.min(1 + abandoned.count, MESSAGES_MAX);
  const Entries = Array.from({ length }, (_, n) => {
    // Each hint has a group of its own: a hint whose deletion was lost then holds no other back.
    const id = globalThis.crypto.randomUUID();
    const order = fifo ? { MessageGroupId: id, MessageDeduplicationId: id } : {};
    return { Id: String(n), MessageBody, ...order };
  });
  return new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
}

/**
 * Rejects at once when the standby stops waiting. The request itself then ends by a hint of its
 * own.
 */
function poll(
  channel: Channel,
  election: string,
  signal: AbortSignal,
): Promise<readonly Message[]> {
  const cut = new AbortController();
  const polling = receive(channel, cut.signal);
  return new Promise((resolve, reject) => {
    const leave = () => {
      reject(signal.reason);
      void endPoll(channel, election, { polling, cut });
    };
    signal.addEventListener('abort', leave, { once: true });
    polling.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

async function receive({ client, queueUrl }: Channel, cut: AbortSignal) {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      WaitTimeSeconds: WAIT_SECONDS,
      VisibilityTimeout: VISIBILITY_SECONDS,
      // A poll for which no standby waits then takes one hint and no other with it.
      MaxNumberOfMessages: 1,
    }),
    { abortSignal: AbortSignal.any([cut, AbortSignal.timeout(POLL_MS_MAX)]) },
  );
  return Messages;
}

interface OpenPoll {
  readonly polling: Promise<readonly Message[]>;
  readonly cut: AbortController;
}

/**
 * If another poll takes the hint, its standby reads once. This poll counts as open until its time
 * is over.
 */
async function endPoll(channel: Channel, election: string, { polling, cut }: OpenPoll) {
  const signal = AbortSignal.timeout(ENDS_WITHIN_MS);
  signal.addEventListener('abort', () => cut.abort(signal.reason), { once: true });
  try {
    const sent = announce(channel, election, signal);
    const ended = channel.abandoned.add();
    await sent;
    const messages = await polling;
    ended();
    if (messages.length > 0) await forget(channel, messages);
  } catch {
    // The request was cut: the process need not stay alive for it.
  }
}

async function forget({ client, queueUrl }: Channel, messages: readonly Message[]): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
  try {
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }), {
      abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  } catch {
    // The hint comes again after its visibility timeout, and costs one read of the record.
  }
}
