/**
 * An SQS FIFO queue in virtual time. The queue delivers by the rules of the strict layer; what is left
 * out of them is a choice of the test, to show which of them the election rests on.
 */
import type { Baton } from '../../../lib/core/baton/queue.ts';
import {
  addMessage,
  countMessages,
  createFifoDelivery,
  deleteMessage,
  extendMessage,
  type FifoDelivery,
  nextVisibleAtMs,
  receiveMessages,
} from '../../support/sqs/fifo-delivery.ts';

/** Time and chance, as the queue needs them. */
export interface Course {
  now(): number;
  unit(): number;
  at(ms: number, run: () => void): void;
}

/** Which of SQS's rules are broken. */
export interface BrokenRules {
  /** Messages of a group are delivered although one of it is in flight. */
  readonly sharedGroup?: boolean;
  /** An expired handle still deletes. */
  readonly expiredDeletes?: boolean;
  /** An expired handle is told that it extended, and has not. */
  readonly expiredExtendsAnswered?: boolean;
}

export type Apply = (done: (answer: unknown) => void) => void;

export interface SimulatedQueue {
  receive(attemptId: string, waitMs: number, visibilityMs: number): Apply;
  send(deduplicationId: string): Apply;
  extend(baton: Baton, visibilityMs: number): Apply;
  delete(batons: readonly Baton[]): Apply;
  giveBack(batons: readonly Baton[]): Apply;
  count(): Apply;
  size(): number;
}

const RULES = { retentionMs: 14 * 86_400_000, receiveCountMax: Number.POSITIVE_INFINITY };
const granted = { kind: 'granted' } as const;
const refused = { kind: 'refused', cause: 'expired' } as const;

interface Sim {
  readonly world: Course;
  readonly broken: BrokenRules;
  readonly queue: FifoDelivery;
  /** Numbers by deduplication id, and messages by handle. */
  readonly sent: Map<string, bigint>;
  readonly byHandle: Map<string, string>;
  /** Long polls. */
  readonly waiting: Set<() => void>;
}

export function createSimulatedQueue(world: Course, broken: BrokenRules = {}): SimulatedQueue {
  let handles = 0;
  const queue = createFifoDelivery(() => `h${++handles}`);
  const sim: Sim = {
    world,
    broken,
    queue,
    sent: new Map(),
    byHandle: new Map(),
    waiting: new Set(),
  };
  return {
    receive: (attemptId, waitMs, visibilityMs) => poll(sim, { attemptId, waitMs, visibilityMs }),
    send: (deduplicationId) => (done) => done(send(sim, deduplicationId)),
    extend: (baton, visibilityMs) => (done) => done(extend(sim, baton, visibilityMs)),
    delete: (batons) => (done) => done(deleteAll(sim, batons)),
    giveBack: (batons) => (done) => {
      for (const baton of batons) extend(sim, baton, 0);
      done(undefined);
    },
    count: () => (done) => done({ kind: 'granted', messages: sizeOf(sim) }),
    size: () => sizeOf(sim),
  };
}

function lookAgain({ waiting }: Sim): void {
  for (const look of [...waiting]) look();
}

function changed(sim: Sim): void {
  lookAgain(sim);
  const { world, queue } = sim;
  const nextMs = nextVisibleAtMs(queue, world.now());
  if (nextMs !== undefined) world.at(nextMs + 1, () => lookAgain(sim));
}

type Poll = { readonly attemptId: string; readonly waitMs: number; readonly visibilityMs: number };

function poll(sim: Sim, asked: Poll): Apply {
  const { world, waiting } = sim;
  return (done) => {
    const untilMs = world.now() + asked.waitMs;
    const look = () => {
      const outcome = take(sim, asked);
      const empty = outcome.kind === 'granted' && outcome.batons.length === 0;
      if (empty && world.now() < untilMs) return;
      waiting.delete(look);
      if (!empty) changed(sim);
      done(outcome);
    };
    waiting.add(look);
    world.at(untilMs, () => waiting.has(look) && look());
    look();
  };
}

function take({ world, queue, byHandle }: Sim, { attemptId, visibilityMs }: Poll) {
  // SQS may return fewer than there are.
  const max = world.unit() < 0.5 ? 1 : 10;
  const request = { max, visibilityMs, attemptId, nowMs: world.now() };
  const received = receiveMessages(queue, request, RULES);
  if ('code' in received) return refused;
  const batons = received.messages.map(({ receiptHandle, messageId }) => {
    byHandle.set(receiptHandle, messageId);
    return { handle: receiptHandle, sequenceNumber: BigInt(messageId), election: 'e' };
  });
  return { kind: 'granted', batons } as const;
}

function send(sim: Sim, deduplicationId: string) {
  const { world, queue, sent, broken } = sim;
  const known = sent.get(deduplicationId);
  if (known !== undefined) return { kind: 'granted', token: known };
  const token = BigInt(sent.size + 1);
  sent.set(deduplicationId, token);
  const messageId = String(token);
  const groupId = broken.sharedGroup ? messageId : 'g';
  addMessage(queue, { messageId, groupId, sentAtMs: world.now(), wire: {} });
  changed(sim);
  return { kind: 'granted', token };
}

function extend(sim: Sim, { handle }: Baton, visibilityMs: number) {
  const refusal = extendMessage(sim.queue, { handle, visibilityMs, nowMs: sim.world.now() });
  if (refusal === undefined) changed(sim);
  return refusal === undefined || sim.broken.expiredExtendsAnswered ? granted : refused;
}

function deleteAll(sim: Sim, batons: readonly Baton[]) {
  const { world, queue, byHandle, broken } = sim;
  let all = true;
  for (const { handle } of batons) {
    const refusal = deleteMessage(queue, { handle, nowMs: world.now() });
    if (refusal !== undefined && broken.expiredDeletes) removeAnyway(queue, byHandle.get(handle));
    else if (refusal !== undefined) all = false;
  }
  changed(sim);
  return all ? granted : refused;
}

function removeAnyway({ groups }: FifoDelivery, messageId: string | undefined): void {
  for (const [group, messages] of groups) {
    const left = messages.filter(({ stored }) => stored.messageId !== messageId);
    if (left.length === 0) groups.delete(group);
    else groups.set(group, left);
  }
}

function sizeOf({ world, queue }: Sim): number {
  const { visible, inFlight } = countMessages(queue, world.now());
  return visible + inFlight;
}
