/**
 * A clock whose timers are counted, so that a test finds a timer that no code cancels before it
 * rings.
 */
import type { Clock } from '../../lib/ports.ts';

export interface WatchedClock {
  /** The same time; timers that are set here are counted. */
  readonly clock: Clock;
  /** Timers that are neither cancelled nor have rung. */
  readonly pending: number;
  /** Until the next of them rings. */
  nextInMs(): number;
}

export function watched(clock: Clock): WatchedClock {
  const timers = new Set<{ readonly dueMs: number }>();
  const nowMs = () => clock.now().monotonicMs;
  const setTimer: Clock['setTimer'] = (delayMs, callback) => {
    const timer = { dueMs: nowMs() + delayMs };
    timers.add(timer);
    const cancel = clock.setTimer(delayMs, () => {
      timers.delete(timer);
      callback();
    });
    return () => {
      timers.delete(timer);
      cancel();
    };
  };
  return {
    clock: { ...clock, setTimer },
    nextInMs: () => Math.min(...[...timers].map(({ dueMs }) => dueMs)) - nowMs(),
    get pending() {
      return timers.size;
    },
  };
}
