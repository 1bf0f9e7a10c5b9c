/**
 * Coordination ticks, the producer's side.
 */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Token } from '../core/token.ts';
import { InvalidOptionsError } from '../errors.ts';
import { sequenceNumberOf } from './baton-message.ts';
import { checkQueueOptions, clientDefaults, type QueueOptions } from './client.ts';

/** One unit of coordination work. */
export interface TickToSend {
  /** The election that the tick belongs to: the message's group, so that its ticks come one by one. */
  readonly election: string;
  /** What is to be done; 1 MiB at the most. */
  readonly body: string;
  /**
   * SQS takes ticks of one id within five minutes as one tick. Where several producers send it,
   * give an id of the occasion, such as the schedule's minute. Default: each call is a tick of its
   * own.
   */
  readonly deduplicationId?: string | undefined;
}

/** Puts ticks into a FIFO queue. */
export interface TickSender {
  /** Resolves with the token that the tick's work will carry, once SQS has stored the tick. */
  send(tick: TickToSend, options?: { readonly signal?: AbortSignal }): Promise<{ token: Token }>;
}

/** What SQS allows in groups and deduplication ids. */
const SQS_NAME = /^[!-~]{1,128}$/;

/**
 * Sends ticks to a FIFO queue. The SDK may retry: one call has one id, so SQS stores it once.
 * @throws InvalidOptionsError when an option cannot be used.
 */
export function tickSender(options: QueueOptions): TickSender {
  checkQueueOptions('tickSender', options, ['queueUrl', 'client', 'clientConfig']);
  const { queueUrl, clientConfig } = options;
  const client = options.client ?? new SQSClient({ ...clientDefaults(queueUrl), ...clientConfig });
  return {
    async send({ election, body, deduplicationId }, { signal } = {}) {
      const id = deduplicationId ?? globalThis.crypto.randomUUID();
      checkName('election', election);
      checkName('deduplicationId', id);
      const sent = await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageGroupId: election,
          MessageDeduplicationId: id,
          MessageBody: body,
        }),
        { abortSignal: signal },
      );
      return { token: sequenceNumberOf(sent.SequenceNumber) };
    },
  };
}

function checkName(what: string, text: string): void {
  if (SQS_NAME.test(text)) return;
  throw new InvalidOptionsError([
    `${what} of a tick must be of 1 to 128 letters, digits and punctuation of ASCII, got ` +
      `${JSON.stringify(text)}; rename it`,
  ]);
}
