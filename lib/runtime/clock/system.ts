/**
 * The clocks and the randomness of this process. The only place that asks the machine for either.
 */
import type { Clock, Random } from '../../ports.ts';

/**
 * Longer delays overflow Node's timers and fire at once. No timing of this package is that long.
 */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * `performance.now()` is the monotonic clock, `Date.now()` the wall clock. On a frozen or suspended
 * machine the monotonic one may stand still. So a holder counts by the clock that says more.
 */
export const systemClock: Clock = {
  now: () => ({ monotonicMs: performance.now(), epochMs: Date.now() }),
  setTimer(delayMs, callback, how) {
    // Rounded up: a timer that rings early would find nothing due, and ring again.
    const timer = setTimeout(callback, Math.min(TIMER_MS_MAX, Math.ceil(delayMs)));
    if (how?.background) timer.unref();
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  nonce: () => globalThis.crypto.randomUUID(),
  unit: () => Math.random(),
};
