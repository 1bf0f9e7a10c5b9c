/**
 * The few ways to write a transition of a member: replace fields, note, ask, send, or do several in
 * order.
 */
import type { Step as MachineStep } from '../../term/machine.ts';
import { andThen, stay } from '../../term/machine.ts';
import type { Stamped } from '../../time/instant.ts';
import type { GroupRead, GroupWrite, RecordWrite } from '../writes.ts';
import type { Inside, MemberState, Purpose } from './state.ts';
import type { MemberEffect, MemberNote } from './traffic.ts';

/** The state with some of its fields replaced, and effects in their order. */
export function become(
  state: MemberState,
  changes: Partial<MemberState>,
  ...effects: MemberEffect[]
): Step {
  return { state: { ...state, ...changes }, effects };
}

export function note(state: MemberState, ...notes: MemberNote[]): Step {
  return { state, effects: notes.map((one) => ({ kind: 'note', note: one })) };
}

/** Several transitions in order, each from the state that the one before left. */
export function inTurn(state: MemberState, ...turns: ((state: MemberState) => Step)[]): Step {
  let step: Step = stay(state);
  for (const turn of turns) step = andThen(step, turn);
  return step;
}

/** The same transition for each entry of a list, in order. */
export function each<T>(
  state: MemberState,
  items: Iterable<T>,
  turn: (state: MemberState, item: T) => Step,
): Step {
  let step: Step = stay(state);
  for (const item of items) step = andThen(step, (s) => turn(s, item));
  return step;
}

export function ask(state: MemberState, read: GroupRead, purpose: Purpose): Step {
  const { request, next } = numbered(state, purpose);
  return { state: next, effects: [{ kind: 'read', request, read }] };
}

export function send(state: MemberState, write: GroupWrite, purpose: Purpose): Step {
  const { request, next } = numbered(state, purpose);
  return { state: next, effects: [{ kind: 'write', request, write }] };
}

export function sendRecords(state: MemberState, writes: readonly RecordWrite[]): Step {
  const { request, next } = numbered(state, { kind: 'batch', writes });
  return { state: next, effects: [{ kind: 'write-records', request, writes }] };
}

/**
 * Whether a batch of record writes has no answer yet. A member sends one at a time: at 20 ms each that is
 * more than a thousand writes a second, and a whole share at once would queue in the store before heartbeats.
 */
export function hasBatchUnderWay({ requests }: MemberState): boolean {
  for (const { kind } of requests.values()) if (kind === 'batch') return true;
  return false;
}

function numbered(state: MemberState, purpose: Purpose) {
  const request = state.requestsMade + 1;
  const requests = withEntry(state.requests, request, purpose);
  return { request, next: { ...state, requestsMade: request, requests } };
}

export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

/** The membership, where there is one. */
export function insideOf({ membership }: MemberState): Inside | undefined {
  return membership.kind === 'inside' ? membership : undefined;
}

/** A nonce of its own for each thing that one input makes this member write. */
export function nonceOf({ freshNonce }: Stamped, what: string | number): string {
  return `${freshNonce}.${what}`;
}

export type Step = MachineStep<MemberState, MemberEffect>;
