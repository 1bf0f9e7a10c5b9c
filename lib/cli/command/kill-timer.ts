/**
 * Calls back once, when a command must be dead. That is at the deadline of its term, which each
 * renewal puts off, or at the end of its drain, which nothing puts off.
 */
import { type MachineInstant, msUntil } from './term-deadlines.ts';

/** A timer counts monotonic time; looking this often also sees a wall clock that was set or woke up. */
export const LOOK_INTERVAL_MS_MAX = 200;

export interface KillTimer {
  killBy(instant: MachineInstant): void;
  drainBy(instant: MachineInstant): void;
  cancel(): void;
}

export function createKillTimer(due: () => void): KillTimer {
  let killAt: MachineInstant | undefined;
  let drainedBy: MachineInstant | undefined;
  let timer: NodeJS.Timeout | undefined;
  let over = false;

  function look(): void {
    clearTimeout(timer);
    if (over) return;
    const instants = [killAt, drainedBy].filter((instant) => instant !== undefined);
    const leftMs = Math.min(...instants.map(msUntil));
    if (leftMs > 0) {
      timer = setTimeout(look, Math.min(leftMs, LOOK_INTERVAL_MS_MAX));
      return;
    }
    over = true;
    due();
  }

  return {
    killBy(instant) {
      killAt = instant;
      look();
    },
    drainBy(instant) {
      drainedBy = instant;
      look();
    },
    cancel() {
      over = true;
      clearTimeout(timer);
    },
  };
}
