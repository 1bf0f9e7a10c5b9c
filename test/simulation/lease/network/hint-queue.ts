/**
 * A standard SQS queue in virtual time, with the one habit of it that costs hints: a poll whose client has
 * gone goes on until its end, and takes what it finds.
 */
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SeededRandom } from '../../shared/random.ts';
import type { Schedule } from '../../shared/schedule.ts';
import type { SimulatedProcess } from '../../shared/simulated-process.ts';

/** Round trips of a healthy queue, there and back. */
const DELAY_MS = [1, 10] as const;

interface Message {
  readonly handle: string;
  visibleAtMs: number;
}

interface Poll {
  readonly max: number;
  readonly visibilityMs: number;
  readonly answer: (handles: readonly string[]) => void;
}

export interface HintQueue {
  clientOf(process: SimulatedProcess): Pick<SQSClient, 'send'>;
}

export function createHintQueue(schedule: Schedule, random: SeededRandom): HintQueue {
  const messages: Message[] = [];
  const polls = new Set<Poll>();
  let sent = 0;

  /** The poll that was there first takes as much as it may. */
  function deliver(): void {
    for (const poll of [...polls]) {
      const visible = messages.filter(({ visibleAtMs }) => visibleAtMs <= schedule.nowMs);
      const taken = visible.slice(0, poll.max);
      if (taken.length === 0) return;
      for (const one of taken) hide(one, poll.visibilityMs);
      polls.delete(poll);
      poll.answer(taken.map(({ handle }) => handle));
    }
  }

  function hide(message: Message, forMs: number): void {
    message.visibleAtMs = schedule.nowMs + forMs;
    schedule.at(message.visibleAtMs, deliver);
  }

  function receive({ input }: ReceiveMessageCommand, answer: (body: object) => void): void {
    const poll: Poll = {
      max: input.MaxNumberOfMessages ?? 1,
      visibilityMs: (input.VisibilityTimeout ?? 30) * 1_000,
      answer: (handles) =>
        answer({ Messages: handles.map((ReceiptHandle) => ({ ReceiptHandle })) }),
    };
    polls.add(poll);
    schedule.at(schedule.nowMs + (input.WaitTimeSeconds ?? 0) * 1_000, () => {
      if (polls.delete(poll)) answer({});
    });
    deliver();
  }

  function execute(command: object, answer: (body: object) => void): void {
    if (command instanceof ReceiveMessageCommand) return receive(command, answer);
    if (command instanceof SendMessageBatchCommand) {
      for (const _ of command.input.Entries ?? []) {
        messages.push({ handle: `m${++sent}`, visibleAtMs: schedule.nowMs });
      }
      deliver();
      return answer({});
    }
    if (!(command instanceof DeleteMessageBatchCommand)) throw new Error('an unknown command');
    for (const { ReceiptHandle } of command.input.Entries ?? []) {
      const index = messages.findIndex(({ handle }) => handle === ReceiptHandle);
      if (index >= 0) messages.splice(index, 1);
    }
    answer({});
  }

  return {
    clientOf(process) {
      const travel = (then: () => void) =>
        schedule.at(schedule.nowMs + random.between(...DELAY_MS), then);
      const send = (command: object, { abortSignal }: { abortSignal: AbortSignal }) =>
        new Promise((resolve, reject) => {
          abortSignal.addEventListener('abort', () => reject(abortSignal.reason), { once: true });
          const answer = (body: object) => void travel(() => process.enter(() => resolve(body)));
          travel(() => execute(command, answer));
        });
      return { send } as unknown as Pick<SQSClient, 'send'>;
    },
  };
}
