/**
 * What can be seen of a baton's queue without receiving from it, for operators: how many batons there are,
 * and whether these credentials may hold one.
 *
 * Decides nothing about electing. It cannot show who leads: SQS shows a message only to its receiver, and
 * to receive a baton is to take it.
 */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { checkQueueOptions, createQueueClient, type QueueOptions } from './client.ts';
import { saysNotHeld, unknownOf } from './sqs-answers.ts';

/** A baton's queue without receiving from it. Who leads is not in it. */
export interface QueueState {
  /**
   * In flight: held by a leader, or by a candidate that is being elected. SQS's own, approximate
   * count.
   */
  readonly heldBatons: number;
  /**
   * Receivable once no other of the group is held. A leader's successor waits here. Approximate.
   */
  readonly receivableBatons: number;
  /** `none`, a key of SQS, or a key of KMS. */
  readonly encryption: 'none' | 'sqs' | 'kms';
  /** The key of KMS. */
  readonly kmsKeyId?: string | undefined;
}

type Asked = QueueOptions & { readonly signal: AbortSignal };

/** @throws NotFoundError, AccessDeniedError or UnreachableError. */
export async function readQueueState({ signal, ...options }: Asked): Promise<QueueState> {
  const { Attributes: of = {} } = await ask(options, (client, QueueUrl) =>
    client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }), {
      abortSignal: signal,
    }),
  );
  const { KmsMasterKeyId: kmsKeyId } = of;
  const encryption = kmsKeyId ? 'kms' : of.SqsManagedSseEnabled === 'true' ? 'sqs' : 'none';
  return {
    heldBatons: Number(of.ApproximateNumberOfMessagesNotVisible ?? 0),
    receivableBatons:
      Number(of.ApproximateNumberOfMessages ?? 0) +
      Number(of.ApproximateNumberOfMessagesDelayed ?? 0),
    encryption,
    kmsKeyId: kmsKeyId || undefined,
  };
}

/** Of no message that ever was. */
const NOBODYS_HANDLE = 'tenure-doctor';

/**
 * Whether these credentials may extend and delete a baton, tried with a handle that holds none.
 * Receiving and sending cannot be tried without a change to who leads.
 * @throws AccessDeniedError, NotFoundError or UnreachableError.
 */
export async function tryToHold({ signal, ...options }: Asked): Promise<void> {
  const how = { abortSignal: signal };
  const ReceiptHandle = NOBODYS_HANDLE;
  await ask(options, async (client, QueueUrl) => {
    const handle = { QueueUrl, ReceiptHandle };
    const extension = new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 0 });
    await client.send(extension, how).catch(unlessNotHeld);
    await client.send(new DeleteMessageCommand(handle), how).catch(unlessNotHeld);
  });
}

/**
 * A refusal of the handle means that the call was allowed. SQS also answers a deletion of nothing
 * with success.
 */
function unlessNotHeld(error: unknown): void {
  if (!(error instanceof Error && saysNotHeld(error.name))) throw error;
}

async function ask<T>(
  options: QueueOptions,
  call: (client: SQSClient, queueUrl: string) => Promise<T>,
): Promise<T> {
  checkQueueOptions('the queue', options, ['queueUrl', 'client', 'clientConfig']);
  const client = createQueueClient(options);
  try {
    return await call(client, options.queueUrl);
  } catch (error) {
    throw unknownOf(error, options.queueUrl).cause;
  } finally {
    // A copy of the user's client shares the user's connections.
    if (options.client === undefined) client.destroy();
  }
}
