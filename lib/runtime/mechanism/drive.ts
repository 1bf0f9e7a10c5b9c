/**
 * Runs a pure state machine: inputs one at a time, to completion, each with fresh time and randomness.
 *
 * Keeps one timer, set again after each run to when time alone makes something due. Decides nothing.
 */
import type { Machine } from '../../core/term/machine.ts';
import type { Clock, Random } from '../../ports.ts';

export interface Drive<State, Input> {
  readonly state: State;
  dispatch(input: Input): void;
}

export interface Tick {
  readonly kind: 'tick';
}

/** `perform` may dispatch: what it dispatches is taken after the effects of the current input. */
export function drive<Self, State extends object, Input, Effect>(
  machine: Machine<Self, State, Input | Tick, Effect>,
  self: Self,
  { clock, random }: { clock: Clock; random: Random },
  perform: (effect: Effect) => void,
): Drive<State, Input | Tick> {
  const queue: (Input | Tick)[] = [];
  let state = machine.initial(self);
  let running = false;
  let cancelTimer = () => {};

  function dispatch(input: Input | Tick): void {
    queue.push(input);
    if (running) return;
    running = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) run(next);
    } finally {
      running = false;
      arm();
    }
  }

  function run(input: Input | Tick): void {
    const stamp = { at: clock.now(), freshNonce: random.nonce(), jitter: random.unit() };
    const result = machine.step(state, { ...input, ...stamp });
    state = result.state;
    for (const effect of result.effects) perform(effect);
  }

  function arm(): void {
    cancelTimer();
    const delayMs = machine.wakeInMs(state, clock.now());
    const ring = () => dispatch({ kind: 'tick' });
    // A call that no caller waits for is resolved while the process lives, and does not keep it
    // alive.
    const how = { background: isAbandoned(state) };
    cancelTimer = delayMs === undefined ? () => {} : clock.setTimer(delayMs, ring, how);
  }

  return {
    get state() {
      return state;
    },
    dispatch,
  };
}

/**
 * Whether a candidate's phase is abandoned. A member has no phase, and is waited for until it has
 * left.
 */
function isAbandoned(state: { readonly phase?: { readonly abandoned?: boolean } }): boolean {
  return state.phase?.abandoned === true;
}
