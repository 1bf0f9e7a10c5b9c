/**
 * Lambda's side of an invocation, on a clock that a test moves: contexts with a deadline, and the freeze
 * between invocations, in which the wall clock goes on and the monotonic one stands still.
 */
import { createElection, type Election, type ElectionOptions } from '../../lib/index.ts';
import {
  createMemory,
  type ManualClock,
  type Memory,
  manualClock,
  memoryLease,
} from '../../lib/testing/index.ts';

export interface Invocations {
  readonly clock: ManualClock;
  readonly memory: Memory;
  /** An election in an environment of its own; with the same clock unless another is given. */
  election(options?: Partial<ElectionOptions>): Election;
  /** A context whose deadline is `timeoutMs` away. */
  context(timeoutMs?: number): { readonly getRemainingTimeInMillis: () => number };
  /** Runs an invocation for `durationMs`, then freezes the environment. Resolves with the answer. */
  invoke<T>(invocation: Promise<T>, durationMs?: number): Promise<T>;
  freeze(ms: number): void;
}

export const TIMINGS = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
/** The reserve that the timings give: a loss grace of 1,000 and two write timeouts of 1,000. */
export const RESERVE_MS = 3_000;

export function invocations(
  timings: ElectionOptions['timings'] = { ...TIMINGS, clockErrorMsMax: 500 },
): Invocations {
  const clock = manualClock();
  const memory = createMemory();
  return {
    clock,
    memory,
    election: (options = {}) =>
      createElection({ name: 'e', via: memoryLease(memory), timings, clock, ...options }),
    context(timeoutMs = 60_000) {
      const endsAt = clock.now().epochMs + timeoutMs;
      return { getRemainingTimeInMillis: () => endsAt - clock.now().epochMs };
    },
    async invoke(invocation, durationMs = 1_000) {
      // The caller sees a rejection later, after time has passed.
      invocation.catch(() => undefined);
      await clock.advance(durationMs);
      return invocation;
    },
    freeze: (ms) => clock.jumpWallClock(ms),
  };
}

/** A handler that runs until the test tells it to stop or to finish. */
export function work() {
  const started = Promise.withResolvers<void>();
  const finished = Promise.withResolvers<string>();
  return {
    started: started.promise,
    finish: (answer: string) => finished.resolve(answer),
    run(signal?: AbortSignal): Promise<string> {
      started.resolve();
      signal?.addEventListener('abort', () => finished.resolve('stopped'), { once: true });
      return finished.promise;
    },
  };
}
