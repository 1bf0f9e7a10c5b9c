/**
 * The lock that a bridge holds first, as an input of a run: held by one process at a time, lost at any moment, and
 * with calls that fail, until the run heals.
 */
import type { HeldLock, OtherLock } from '../../../../lib/index.ts';
import { pause } from '../../shared/pause.ts';
import type { SeededRandom } from '../../shared/random.ts';
import type { Schedule } from '../../shared/schedule.ts';
import type { SimulatedProcess } from '../../shared/simulated-process.ts';
import { HEALS_AT_MS } from './setting.ts';

export interface OldLock {
  of(process: SimulatedProcess): OtherLock;
  isHeldBy(process: SimulatedProcess): boolean;
  /** Another program takes it for a moment. `false` where nobody holds it. */
  lose(): boolean;
}

const ASKED_EVERY_MS = 50;
/** A holder that the lock's service does not see any more. */
const FORGOTTEN_AFTER_MS = 1_000;

export function createOldLock({
  schedule,
  random,
}: {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
}): OldLock {
  let holder: { readonly process: SimulatedProcess; readonly lose: () => void } | undefined;
  const fails = () => schedule.nowMs < HEALS_AT_MS && random.chance(0.05);

  function isFree(): boolean {
    if (holder === undefined || !holder.process.alive) return true;
    // A service of leases takes the lock from a holder that stands still.
    if (holder.process.frozen && random.chance(0.1)) holder.lose();
    return holder === undefined;
  }

  function take(process: SimulatedProcess): HeldLock {
    const lost = new AbortController();
    const mine = {
      process,
      lose() {
        if (holder === mine) holder = undefined;
        process.enter(() => lost.abort(new Error('the old lock is lost')));
      },
    };
    holder = mine;
    return {
      lost: lost.signal,
      remainingMs: () => (holder === mine ? Number.POSITIVE_INFINITY : 0),
      async release() {
        if (fails()) {
          schedule.at(schedule.nowMs + FORGOTTEN_AFTER_MS, mine.lose);
          throw new Error('the old lock was not released');
        }
        mine.lose();
      },
    };
  }

  return {
    of: (process) => ({
      async acquire(signal) {
        for (;;) {
          signal.throwIfAborted();
          if (fails()) throw new Error('the service of the old lock is down');
          if (isFree()) return take(process);
          await pause(process, ASKED_EVERY_MS, signal);
        }
      },
    }),
    isHeldBy: (process) => holder?.process === process,
    lose() {
      holder?.lose();
      return holder === undefined;
    },
  };
}
