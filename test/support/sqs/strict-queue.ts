/**
 * One FIFO queue of the strict layer: the SQS actions that AWS's delivery rules decide.
 *
 * Decides what is answered here and what the emulator answers (`undefined`). A long poll whose client
 * has gone takes no message: what AWS does then is not documented, and tests that want a swallowed
 * answer script it as a fault.
 */
import {
  countMessages,
  createFifoDelivery,
  deleteMessage,
  extendMessage,
  nextVisibleAtMs,
  purgeMessages,
  type Refusal,
  receiveMessages,
} from './fifo-delivery.ts';
import type { Answer, Emulator, SqsCall } from './sqs-call.ts';
import {
  bury,
  type EmulatorLink,
  renumbered,
  takeOverMessages,
  wireOf,
} from './strict-transfer.ts';

export interface StrictQueue {
  /** The answer, or `undefined` where the emulator's is right. */
  answer(call: SqsCall, gone: AbortSignal): Promise<Answer | undefined>;
  /** Looks again at every long poll, after time was moved. */
  reconsider(): void;
  numberFrom(offset: bigint): void;
  /** Shows another value than the emulator's, which cannot be set on it; `undefined` shows none. */
  setAttribute(name: string, value: string | undefined): void;
  /** How many messages there are, and how many of them are in flight. */
  counts(): { visible: number; inFlight: number };
}

interface Options {
  readonly name: string;
  readonly emulator: Emulator;
  readonly nowMs: () => number;
  readonly nextHandle: () => string;
}

type Context = Options &
  EmulatorLink & {
    readonly wake: Set<() => void>;
    readonly shown: ReadonlyMap<string, string | undefined>;
    /** Takes over what was sent, one take-over at a time so that order is kept. */
    takeOver(): Promise<void>;
  };

export function createStrictQueue(options: Options): StrictQueue {
  const wake = new Set<() => void>();
  let pending: Promise<void> = Promise.resolve();
  const url = `http://127.0.0.1/000000000000/${options.name}`;
  const delivery = createFifoDelivery(options.nextHandle);
  const shown = new Map<string, string | undefined>();
  let offset = 0n;
  const context: Context = {
    ...options,
    delivery,
    wake,
    url,
    offset: () => offset,
    shown,
    takeOver() {
      pending = pending.then(() => takeOverMessages(context));
      return pending;
    },
  };
  const reconsider = () => {
    for (const look of [...wake]) look();
  };
  return {
    reconsider,
    setAttribute: (name, value) => shown.set(name, value),
    numberFrom: (from) => {
      offset = from;
    },
    counts: () => countMessages(delivery, options.nowMs()),
    async answer(call, gone) {
      const given = await decide(context, call, gone);
      reconsider();
      return given;
    },
  };
}

async function decide(context: Context, call: SqsCall, gone: AbortSignal) {
  const { input } = call;
  switch (call.action) {
    case 'SendMessage':
    case 'SendMessageBatch': {
      const given = await context.emulator.request(call);
      await context.takeOver();
      return { ...given, body: renumbered(context, given.body) };
    }
    case 'ReceiveMessage':
      return receive(context, input, gone);
    case 'DeleteMessage': {
      const handle = String(input.ReceiptHandle);
      return settled(deleteMessage(context.delivery, { handle, nowMs: context.nowMs() }));
    }
    case 'ChangeMessageVisibility':
      return settled(extend(context, input));
    case 'DeleteMessageBatch':
      return batch(input, (entry) => {
        const handle = String(entry.ReceiptHandle);
        return deleteMessage(context.delivery, { handle, nowMs: context.nowMs() });
      });
    case 'ChangeMessageVisibilityBatch':
      return batch(input, (entry) => extend(context, entry));
    case 'PurgeQueue':
      purgeMessages(context.delivery);
      return context.emulator.request(call);
    case 'GetQueueAttributes':
      return attributes(context, call);
    default:
      return undefined;
  }
}

function extend(context: Context, input: Readonly<Record<string, unknown>>) {
  return extendMessage(context.delivery, {
    handle: String(input.ReceiptHandle),
    visibilityMs: Number(input.VisibilityTimeout) * 1_000,
    nowMs: context.nowMs(),
  });
}

async function receive(
  context: Context,
  input: Readonly<Record<string, unknown>>,
  gone: AbortSignal,
): Promise<Answer> {
  const queue = await queueAttributes(context);
  if (queue.kind === 'refused') return queue.answer;
  await context.takeOver();
  const untilMs = Date.now() + Number(input.WaitTimeSeconds ?? queue.waitSeconds) * 1_000;
  for (;;) {
    const received = receiveMessages(
      context.delivery,
      {
        max: Number(input.MaxNumberOfMessages ?? 1),
        visibilityMs: Number(input.VisibilityTimeout ?? queue.visibilitySeconds) * 1_000,
        attemptId: input.ReceiveRequestAttemptId as string | undefined,
        nowMs: context.nowMs(),
      },
      queue,
    );
    if ('code' in received) return settled(received);
    await bury(context, received.dead, queue.deadLetterQueue);
    const waitMs = untilMs - Date.now();
    if (received.messages.length > 0) {
      return {
        status: 200,
        body: { Messages: received.messages.map((one) => wireOf(context, one)) },
      };
    }
    if (waitMs <= 0 || gone.aborted) return { status: 200, body: {} };
    await somethingToSee(context, waitMs, gone);
    if (gone.aborted) return { status: 200, body: {} };
  }
}

/** Resolves when a message may have become receivable, or when the poll's time is over. */
async function somethingToSee(context: Context, waitMs: number, gone: AbortSignal): Promise<void> {
  const nowMs = context.nowMs();
  const nextMs = nextVisibleAtMs(context.delivery, nowMs) ?? Number.POSITIVE_INFINITY;
  await new Promise<void>((resolve) => {
    const look = () => {
      context.wake.delete(look);
      clearTimeout(timer);
      gone.removeEventListener('abort', look);
      resolve();
    };
    const timer = setTimeout(look, Math.min(waitMs, nextMs - nowMs) + 1);
    context.wake.add(look);
    gone.addEventListener('abort', look, { once: true });
  });
}

async function queueAttributes(context: Context) {
  const { status, body } = await context.emulator.request({
    action: 'GetQueueAttributes',
    input: { QueueUrl: context.url, AttributeNames: ['All'] },
  });
  if (status !== 200) return { kind: 'refused' as const, answer: { status, body } };
  const found = body.Attributes as Readonly<Partial<Record<string, string>>>;
  const redrive = JSON.parse(found.RedrivePolicy ?? '{}') as Record<string, unknown>;
  return {
    kind: 'there' as const,
    visibilitySeconds: Number(found.VisibilityTimeout),
    waitSeconds: Number(found.ReceiveMessageWaitTimeSeconds),
    retentionMs: Number(found.MessageRetentionPeriod) * 1_000,
    receiveCountMax: Number(redrive.maxReceiveCount ?? Number.POSITIVE_INFINITY),
    deadLetterQueue:
      String(redrive.deadLetterTargetArn ?? '')
        .split(':')
        .at(-1) ?? '',
  };
}

async function attributes(context: Context, call: SqsCall): Promise<Answer> {
  const given = await context.emulator.request(call);
  const found = given.body.Attributes as Record<string, string> | undefined;
  if (found === undefined) return given;
  const { visible, inFlight } = countMessages(context.delivery, context.nowMs());
  const counted: Record<string, number> = {
    ApproximateNumberOfMessages: visible,
    ApproximateNumberOfMessagesNotVisible: inFlight,
  };
  for (const [name, count] of Object.entries(counted)) {
    if (name in found) found[name] = String(count);
  }
  for (const [name, value] of context.shown) {
    if (value === undefined) delete found[name];
    else found[name] = value;
  }
  return given;
}

function settled(refusal: Refusal | undefined): Answer {
  if (refusal === undefined) return { status: 200, body: {} };
  const { code, message } = refusal;
  return { status: 400, body: { __type: `com.amazonaws.sqs#${code}`, message } };
}

function batch(
  input: Readonly<Record<string, unknown>>,
  act: (entry: Record<string, unknown>) => Refusal | undefined,
): Answer {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of input.Entries as Record<string, unknown>[]) {
    const refusal = act(entry);
    if (refusal === undefined) Successful.push({ Id: entry.Id });
    else
      Failed.push({
        Id: entry.Id,
        SenderFault: true,
        Code: refusal.code,
        Message: refusal.message,
      });
  }
  return { status: 200, body: { Successful, Failed } };
}
