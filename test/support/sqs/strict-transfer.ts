/**
 * Messages between the emulator and the strict layer: taken over when sent, written out when delivered,
 * moved to the dead-letter queue when received too often.
 */
import {
  addMessage,
  type Delivered,
  type FifoDelivery,
  type StoredMessage,
} from './fifo-delivery.ts';
import type { Emulator } from './sqs-call.ts';

export interface EmulatorLink {
  readonly emulator: Emulator;
  readonly delivery: FifoDelivery;
  readonly url: string;
  /** Added to the emulator's sequence numbers. */
  readonly offset: () => bigint;
}

/** Takes every message out of the emulator, in its order. */
export async function takeOverMessages(link: EmulatorLink): Promise<void> {
  for (;;) {
    const { body } = await link.emulator.request({
      action: 'ReceiveMessage',
      input: {
        QueueUrl: link.url,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 0,
        VisibilityTimeout: 60,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      },
    });
    const messages = (body.Messages ?? []) as Record<string, unknown>[];
    if (messages.length === 0) return;
    for (const { ReceiptHandle, ...wire } of messages) {
      addMessage(link.delivery, storedOf(wire));
      await link.emulator.request({
        action: 'DeleteMessage',
        input: { QueueUrl: link.url, ReceiptHandle },
      });
    }
  }
}

function storedOf(wire: Record<string, unknown>): StoredMessage {
  const system = wire.Attributes as Record<string, string>;
  return {
    messageId: String(wire.MessageId),
    groupId: String(system.MessageGroupId),
    sentAtMs: Number(system.SentTimestamp),
    wire,
  };
}

export function wireOf(link: EmulatorLink, message: Delivered): Record<string, unknown> {
  const system = message.wire.Attributes as Record<string, string>;
  return {
    ...message.wire,
    ReceiptHandle: message.receiptHandle,
    Attributes: {
      ...renumbered(link, system),
      ApproximateReceiveCount: String(message.receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    },
  };
}

export function renumbered<T extends object>(link: EmulatorLink, answer: T): T {
  const { SequenceNumber } = answer as { SequenceNumber?: string };
  if (SequenceNumber === undefined) return answer;
  const number = BigInt(SequenceNumber) + link.offset();
  return { ...answer, SequenceNumber: String(number).padStart(20, '0') };
}

export async function bury(link: EmulatorLink, dead: readonly StoredMessage[], queueName: string) {
  for (const message of dead) {
    await link.emulator.request({
      action: 'SendMessage',
      input: {
        QueueUrl: link.url.replace(/[^/]+$/, queueName),
        MessageBody: message.wire.Body,
        MessageGroupId: message.groupId,
        MessageDeduplicationId: message.messageId,
      },
    });
  }
}
