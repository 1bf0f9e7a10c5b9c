/**
 * The strict layer itself: each test names the page of AWS's documentation that states the rule.
 *
 * API: Amazon SQS API Reference. Guide: Amazon SQS Developer Guide. Knowledge Center: re:Post articles
 * by AWS. Where AWS documents no text for an error, the text is the one that users report.
 */
import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StrictSqs, startStrictSqs } from '../support/sqs/strict-sqs.ts';

let sqs: StrictSqs;
beforeAll(async () => {
  sqs = await startStrictSqs();
});
afterAll(async () => {
  await sqs[Symbol.asyncDispose]();
});

async function createQueue(attributes: Record<string, string> = {}): Promise<string> {
  const created = await sqs.client.send(
    new CreateQueueCommand({
      QueueName: `${randomUUID()}.fifo`,
      Attributes: { FifoQueue: 'true', VisibilityTimeout: '30', ...attributes },
    }),
  );
  return created.QueueUrl ?? '';
}

async function send(queueUrl: string, body: string, group = 'g'): Promise<bigint> {
  const sent = await sqs.client.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: randomUUID(),
    }),
  );
  return BigInt(sent.SequenceNumber ?? '');
}

async function receive(
  queueUrl: string,
  options: { max?: number; attemptId?: string; wait?: number; visibility?: number } = {},
): Promise<Message[]> {
  const received = await sqs.client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: options.max ?? 10,
      WaitTimeSeconds: options.wait ?? 0,
      VisibilityTimeout: options.visibility,
      ReceiveRequestAttemptId: options.attemptId,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return received.Messages ?? [];
}

const extend = (queueUrl: string, message: Message | undefined, seconds: number) =>
  sqs.client.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: queueUrl,
      ReceiptHandle: message?.ReceiptHandle,
      VisibilityTimeout: seconds,
    }),
  );

const remove = (queueUrl: string, message: Message | undefined) =>
  sqs.client.send(
    new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message?.ReceiptHandle }),
  );

const bodies = (messages: readonly Message[]) => messages.map((message) => message.Body);

describe('message groups', () => {
  // Guide, "FIFO queue delivery logic in Amazon SQS" (FIFO-queues-understanding-logic): up to ten
  // messages in one call, of the same group, in FIFO order.
  it('returns up to ten messages of one group together, in the order of sends', async () => {
    const queueUrl = await createQueue();
    for (let n = 0; n < 12; n += 1) await send(queueUrl, String(n));
    expect(bodies(await receive(queueUrl))).toEqual(
      Array.from({ length: 10 }, (_, n) => String(n)),
    );
  });

  // API, ReceiveMessage, ReceiveRequestAttemptId: while messages of a group are invisible, no more of
  // the same group are returned; other groups are.
  it('returns nothing of a group while one of its messages is in flight', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    await send(queueUrl, 'b');
    await receive(queueUrl, { max: 1 });
    await send(queueUrl, 'c', 'other');
    expect(bodies(await receive(queueUrl))).toEqual(['c']);
  });

  // Guide, FIFO-queues-understanding-logic: no more messages of the group "unless you delete the
  // message or it becomes visible".
  it('returns the rest of a group once the message in flight is deleted', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    await send(queueUrl, 'b');
    const [first] = await receive(queueUrl, { max: 1 });
    await remove(queueUrl, first);
    expect(bodies(await receive(queueUrl))).toEqual(['b']);
  });

  it('returns a message again, and in its place, once its visibility has run out', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    await send(queueUrl, 'b');
    const [first] = await receive(queueUrl, { max: 1 });
    sqs.advance(30_001);
    const again = await receive(queueUrl);
    expect(bodies(again)).toEqual(['a', 'b']);
    expect(again[0]?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    expect(again[0]?.Attributes?.SequenceNumber).toBe(first?.Attributes?.SequenceNumber);
    expect(again[0]?.Attributes?.ApproximateReceiveCount).toBe('2');
  });

  // API, SendMessage, SequenceNumber: 128 bits, increases for a particular MessageGroupId.
  it('numbers the messages of a group in the order of sends, with 20 digits', async () => {
    const queueUrl = await createQueue();
    const first = await send(queueUrl, 'a');
    expect(await send(queueUrl, 'b')).toBeGreaterThan(first);
    const [message] = await receive(queueUrl, { max: 1 });
    expect(message?.Attributes?.SequenceNumber).toMatch(/^\d{20}$/);
  });
});

describe('receipt handles', () => {
  // API, ReceiveMessage: a consumer that takes longer than the visibility timeout and then deletes
  // gets an error. Knowledge Center, "sqs-receipt-handle-error": the error's code and text; old
  // handles may succeed on standard queues only.
  it('refuses to delete by an expired handle', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [message] = await receive(queueUrl);
    sqs.advance(30_001);
    await expect(remove(queueUrl, message)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('The receipt handle has expired'),
    });
    expect(bodies(await receive(queueUrl))).toEqual(['a']);
  });

  it('refuses to delete by the handle of an earlier receive', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [old] = await receive(queueUrl);
    sqs.advance(30_001);
    const [current] = await receive(queueUrl);
    await expect(remove(queueUrl, old)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await remove(queueUrl, current);
    expect(sqs.queue(queueUrl.split('/').at(-1) ?? '').counts().visible).toBe(0);
  });

  // API, ChangeMessageVisibility, errors: MessageNotInflight.
  it('refuses to extend a message that is visible again', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [message] = await receive(queueUrl);
    sqs.advance(30_001);
    await expect(extend(queueUrl, message, 30)).rejects.toMatchObject({
      name: 'MessageNotInflight',
    });
  });

  it('refuses to extend by the handle of an earlier receive', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [old] = await receive(queueUrl);
    sqs.advance(30_001);
    await receive(queueUrl);
    await expect(extend(queueUrl, old, 30)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('The receipt handle has expired'),
    });
  });

  // API, ChangeMessageVisibility and DeleteMessage, errors: ReceiptHandleIsInvalid.
  it('refuses a handle that it never gave out', async () => {
    const queueUrl = await createQueue();
    const unknown = { ReceiptHandle: 'never' };
    await expect(extend(queueUrl, unknown, 30)).rejects.toMatchObject({
      name: 'ReceiptHandleIsInvalid',
    });
    await expect(remove(queueUrl, unknown)).rejects.toMatchObject({
      name: 'ReceiptHandleIsInvalid',
    });
  });

  // API, ChangeMessageVisibility: the new timeout counts from the call.
  it('extends from the call on, not from the end of the old timeout', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [message] = await receive(queueUrl);
    sqs.advance(20_000);
    await extend(queueUrl, message, 30);
    sqs.advance(29_000);
    expect(await receive(queueUrl)).toEqual([]);
    sqs.advance(1_001);
    expect(bodies(await receive(queueUrl))).toEqual(['a']);
  });

  // API, ChangeMessageVisibility: a timeout greater than the maximum time left is an error. Guide,
  // sqs-visibility-timeout: 12 hours from the receive, which extending does not reset.
  it('refuses to keep a message invisible for more than 12 hours in all', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [message] = await receive(queueUrl, { visibility: 43_200 });
    sqs.advance(11 * 3_600_000);
    await extend(queueUrl, message, 3_500);
    await expect(extend(queueUrl, message, 3_700)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('beyond the limit'),
    });
  });

  // API, ChangeMessageVisibility: the timeout is not saved for the message; the next receive has the
  // original one.
  it('makes a message receivable at once when its visibility is set to zero', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [message] = await receive(queueUrl);
    await extend(queueUrl, message, 0);
    expect(bodies(await receive(queueUrl))).toEqual(['a']);
  });
});

describe('attempt ids', () => {
  // API, ReceiveMessage, ReceiveRequestAttemptId: during the visibility timeout the same id returns
  // the same messages and receipt handles, and resets the visibility timeout.
  it('returns the same messages and handles for the same id, hidden again', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [first] = await receive(queueUrl, { attemptId: 'one' });
    sqs.advance(20_000);
    const [again] = await receive(queueUrl, { attemptId: 'one' });
    expect(again?.ReceiptHandle).toBe(first?.ReceiptHandle);
    sqs.advance(20_000);
    expect(await receive(queueUrl, { attemptId: 'two' })).toEqual([]);
  });

  // The same paragraph: a retry is possible if none of the messages was deleted or had its visibility
  // changed. The error's text is from awslabs/amazon-sqs-java-messaging-lib issue 213.
  it('refuses an id whose messages were modified since', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [message] = await receive(queueUrl, { attemptId: 'one' });
    await extend(queueUrl, message, 20);
    await expect(receive(queueUrl, { attemptId: 'one' })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('not retryable'),
    });
  });

  // The same paragraph: an id is valid for five minutes only.
  it('forgets an id after five minutes', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [first] = await receive(queueUrl, { attemptId: 'one' });
    sqs.advance(5 * 60_000);
    const [again] = await receive(queueUrl, { attemptId: 'one' });
    expect(again?.Body).toBe('a');
    expect(again?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
  });

  it('receives again for an id that received nothing', async () => {
    const queueUrl = await createQueue();
    expect(await receive(queueUrl, { attemptId: 'one' })).toEqual([]);
    await send(queueUrl, 'a');
    expect(bodies(await receive(queueUrl, { attemptId: 'one' }))).toEqual(['a']);
  });
});

describe('long polls', () => {
  // Guide, sqs-short-and-long-polling: a long poll answers as soon as a message is available.
  it('answers a long poll when a message of a free group is sent', async () => {
    const queueUrl = await createQueue();
    const waiting = receive(queueUrl, { wait: 20 });
    await send(queueUrl, 'a');
    expect(bodies(await waiting)).toEqual(['a']);
  });

  it('answers a long poll when the message in flight is deleted', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    await send(queueUrl, 'b');
    const [first] = await receive(queueUrl, { max: 1 });
    const waiting = receive(queueUrl, { wait: 20 });
    await remove(queueUrl, first);
    expect(bodies(await waiting)).toEqual(['b']);
  });

  it('answers a long poll when the visibility of the message in flight runs out', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    await receive(queueUrl, { visibility: 1 });
    expect(bodies(await receive(queueUrl, { wait: 20 }))).toEqual(['a']);
  });

  it('gives one message to one of two long polls', async () => {
    const queueUrl = await createQueue();
    const waiting = [receive(queueUrl, { wait: 1 }), receive(queueUrl, { wait: 1 })];
    await send(queueUrl, 'a');
    expect((await Promise.all(waiting)).flat()).toHaveLength(1);
  });
});

describe('the queue', () => {
  // API, GetQueueAttributes: in flight means sent to a client and not yet deleted, nor expired.
  it('counts messages that are in flight apart from those that are available', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    await send(queueUrl, 'b');
    await receive(queueUrl, { max: 1 });
    const { Attributes } = await sqs.client.send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      }),
    );
    expect(Attributes).toEqual({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      ApproximateNumberOfMessagesDelayed: '0',
    });
  });

  // API, PurgeQueue: deletes available messages and those in flight.
  it('deletes messages in flight too when it is purged', async () => {
    const queueUrl = await createQueue();
    await send(queueUrl, 'a');
    const [message] = await receive(queueUrl);
    await sqs.client.send(new PurgeQueueCommand({ QueueUrl: queueUrl }));
    await expect(extend(queueUrl, message, 30)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });

  // API, DeleteMessage: messages left longer than the retention period are deleted.
  it('deletes messages that are older than the retention period', async () => {
    const queueUrl = await createQueue({ MessageRetentionPeriod: '60' });
    await send(queueUrl, 'a');
    sqs.advance(60_000);
    expect(await receive(queueUrl)).toEqual([]);
  });

  // Guide, sqs-dead-letter-queues: moved once it was received maxReceiveCount times.
  it('moves a message that was received too often to the dead-letter queue', async () => {
    const deadUrl = await createQueue();
    const deadName = deadUrl.split('/').at(-1);
    const queueUrl = await createQueue({
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${deadName}`,
        maxReceiveCount: 2,
      }),
    });
    await send(queueUrl, 'poison');
    await send(queueUrl, 'good');
    for (let n = 0; n < 2; n += 1) {
      const [message] = await receive(queueUrl, { max: 1 });
      expect(message?.Body).toBe('poison');
      await extend(queueUrl, message, 0);
    }
    expect(bodies(await receive(queueUrl))).toEqual(['good']);
    expect(bodies(await receive(deadUrl))).toEqual(['poison']);
  });
});
