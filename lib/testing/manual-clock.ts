/**
 * A clock that stands still until a test moves it. Timers ring in order, each at its own instant.
 */
import type { Clock } from '../ports.ts';

/** A clock that the test moves. */
export interface ManualClock extends Clock {
  /**
   * Moves both clocks on, rings what falls due in between, and lets promises settle before and after
   * each ring: when it resolves, everything that time alone makes happen has happened.
   */
  advance(ms: number): Promise<void>;
  /**
   * Moves the wall clock alone, in either direction: a step of the system time, or a frozen machine
   * whose monotonic clock stood still.
   */
  jumpWallClock(ms: number): void;
  /** Timers that have not rung yet. */
  readonly pending: number;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** 2026-01-01: any fixed day will do, as long as it is not zero. */
const START_EPOCH_MS = 1_767_225_600_000;

/**
 * Rounding may leave a wait this short. It would not move the clock, and would ring at one instant
 * without end.
 */
const SHORTEST_WAIT_MS = 0.001;

/** Makes a clock that stands still until the test moves it. */
export function manualClock(start: { epochMs?: number } = {}): ManualClock {
  const timers = new Set<Timer>();
  let monotonicMs = 0;
  /** What the wall clock shows at the instant 0. Kept apart, so that no sum of small steps rounds. */
  let epochAtZeroMs = start.epochMs ?? START_EPOCH_MS;
  let order = 0;

  function nextDue(untilMs: number): Timer | undefined {
    const due = [...timers].filter((timer) => timer.dueMs <= untilMs);
    return due.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
  }

  function moveTo(instantMs: number): void {
    monotonicMs = Math.max(monotonicMs, instantMs);
  }

  return {
    now: () => ({ monotonicMs, epochMs: epochAtZeroMs + monotonicMs }),
    setTimer(delayMs, callback) {
      order += 1;
      const waitMs = delayMs > 0 ? Math.max(delayMs, SHORTEST_WAIT_MS) : 0;
      const timer = { dueMs: monotonicMs + waitMs, order, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const untilMs = monotonicMs + ms;
      await settlePromises();
      for (let timer = nextDue(untilMs); timer; timer = nextDue(untilMs)) {
        timers.delete(timer);
        moveTo(timer.dueMs);
        timer.callback();
        await settlePromises();
      }
      moveTo(untilMs);
    },
    jumpWallClock(ms) {
      epochAtZeroMs += ms;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** One turn of the event loop runs every promise that can settle without a timer or I/O. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
