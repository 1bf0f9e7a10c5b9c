/**
 * Puts a first baton into a new queue, so that its first leader need not wait until the queue counts as
 * emptied. Part of creating a queue, not of the protocol.
 */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { BATON_GROUP, batonBody } from './baton-message.ts';
import { checkQueueOptions, createQueueClient, type QueueOptions } from './client.ts';

/** What `seedBaton` takes. */
export interface SeedOptions extends QueueOptions {
  /** The election's name. */
  readonly election: string;
}

/**
 * Each call adds a baton. One too many is harmless: the next leader takes it out.
 * @throws InvalidOptionsError when an option cannot be used, or the SDK's error.
 */
export async function seedBaton(options: SeedOptions): Promise<void> {
  checkQueueOptions('seedBaton', options, ['election', 'queueUrl', 'client', 'clientConfig']);
  const client = createQueueClient(options);
  try {
    await client.send(
      new SendMessageCommand({
        QueueUrl: options.queueUrl,
        MessageGroupId: BATON_GROUP,
        MessageDeduplicationId: globalThis.crypto.randomUUID(),
        MessageBody: batonBody({
          election: options.election,
          sentBy: 'seed',
          epochMs: Date.now(),
        }),
      }),
    );
  } finally {
    // A copy of the user's client shares the user's connections.
    if (options.client === undefined) client.destroy();
  }
}
