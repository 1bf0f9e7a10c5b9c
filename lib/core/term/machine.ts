/**
 * The shape of a protocol as a pure state machine, and the few ways to write a transition.
 *
 * Decides nothing. The machines of lease and baton are written with it, and the runtime and the
 * simulators drive them by it.
 */
import type { Reading, Stamped } from '../time/instant.ts';

/** A protocol as one value: time and randomness come with each input, so that every run replays. */
export interface Machine<Self, State, Input, Effect> {
  initial(self: Self): State;
  step(state: State, input: Input & Stamped): Step<State, Effect>;
  /** Milliseconds until time alone makes something due; `undefined` where only an input can. */
  wakeInMs(state: State, now: Reading): number | undefined;
}

/** What an input leads to. Effects are performed in order, to completion, before the next input. */
export interface Step<State, Effect> {
  readonly state: State;
  readonly effects: readonly Effect[];
}

interface Phased {
  readonly phase: unknown;
}

/** Nothing is done. The state may have learnt something. */
export function stay<State>(state: State): Step<State, never> {
  return { state, effects: [] };
}

/** Moves to a phase, with effects in the order in which the runtime performs them. */
export function move<State extends Phased, const Effects extends readonly unknown[]>(
  state: State,
  phase: State['phase'],
  ...effects: Effects
): Step<State, Effects[number]> {
  return { state: { ...state, phase }, effects };
}

/** One transition after another, as one. */
export function andThen<State, First, Second>(
  first: Step<State, First>,
  next: (state: State) => Step<State, Second>,
): Step<State, First | Second> {
  const second = next(first.state);
  if (first.effects.length === 0) return second;
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}

/** A due time as `Machine.wakeInMs` gives it: infinite means that only an input makes something due. */
export function finite(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined;
}
