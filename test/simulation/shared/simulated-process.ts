/**
 * A process: two clocks of its own, and a door that is shut while it is frozen and for good once killed.
 */
import type { Clock } from '../../../lib/ports.ts';
import type { Schedule } from './schedule.ts';

export interface SimulatedProcess {
  readonly name: string;
  /** Where it runs: outlives it, and names its successor too. */
  readonly host: string;
  readonly clock: Clock;
  readonly alive: boolean;
  readonly frozen: boolean;
  /** True instant of its death. */
  readonly diedAtMs: number | undefined;
  /** Runs code of the process: now, after the thaw, or never. */
  enter(code: () => void): void;
  kill(): void;
  /** Stops everything for a while; the monotonic clock too, as a suspended machine may. */
  freeze(options: { durationMs: number; stopsMonotonic: boolean }): void;
  jumpWallClock(ms: number): void;
}

export interface ProcessOptions {
  readonly name: string;
  readonly host: string;
  /** Of both clocks, against true time. */
  readonly rate: number;
  readonly wallOffsetMs: number;
}

/** What every wall clock shows at the beginning, but for its offset. */
export const EPOCH_MS = 1_767_225_600_000;
/** No timer rings at the instant that set it: then time would never go on. */
const ROUNDING_MS = 1e-6;

export function createProcess(
  schedule: Pick<Schedule, 'nowMs' | 'at'>,
  options: ProcessOptions,
): SimulatedProcess {
  const { name, host, rate } = options;
  const bornMs = schedule.nowMs;
  let wallOffsetMs = options.wallOffsetMs;
  let stoppedMs = 0;
  let stoppedSince: number | undefined;
  let frozen = false;
  let alive = true;
  let diedAtMs: number | undefined;
  const backlog: (() => void)[] = [];

  function monotonicMs(): number {
    const until = stoppedSince ?? schedule.nowMs;
    return (until - bornMs - stoppedMs) * rate;
  }

  function enter(code: () => void): void {
    if (!alive) return;
    if (frozen) backlog.push(code);
    else code();
  }

  function thaw(): void {
    if (stoppedSince !== undefined) stoppedMs += schedule.nowMs - stoppedSince;
    stoppedSince = undefined;
    frozen = false;
    // Whatever came while it was frozen is delivered at once, each piece in a turn of its own.
    for (const code of backlog.splice(0)) schedule.at(schedule.nowMs, () => enter(code));
  }

  const now = () => ({
    monotonicMs: monotonicMs(),
    epochMs: EPOCH_MS + wallOffsetMs + schedule.nowMs * rate,
  });

  return {
    name,
    host,
    clock: { now, setTimer: timers(schedule, rate, monotonicMs, enter) },
    get alive() {
      return alive;
    },
    get frozen() {
      return frozen;
    },
    enter,
    get diedAtMs() {
      return diedAtMs;
    },
    kill() {
      alive = false;
      diedAtMs ??= schedule.nowMs;
      backlog.length = 0;
    },
    freeze({ durationMs, stopsMonotonic }) {
      if (frozen || !alive) return;
      frozen = true;
      if (stopsMonotonic) stoppedSince = schedule.nowMs;
      schedule.at(schedule.nowMs + durationMs, thaw);
    },
    jumpWallClock(ms) {
      wallOffsetMs += ms;
    },
  };
}

/** A clock that stood still makes a timer late, never early, not even by a rounding. */
function timers(
  schedule: Pick<Schedule, 'nowMs' | 'at'>,
  rate: number,
  monotonicMs: () => number,
  enter: (code: () => void) => void,
): Clock['setTimer'] {
  return (delayMs, callback) => {
    const due = monotonicMs() + Math.max(0, delayMs);
    let cancelled = false;
    let cancel = () => {};
    const wait = () => {
      if (cancelled) return;
      const leftMs = due - monotonicMs();
      if (leftMs <= 0) callback();
      else again(leftMs);
    };
    const again = (leftMs: number) => {
      const restMs = Math.max(leftMs / rate, ROUNDING_MS);
      cancel = schedule.at(schedule.nowMs + restMs, () => enter(wait));
    };
    again(delayMs);
    return () => {
      cancelled = true;
      cancel();
    };
  };
}
