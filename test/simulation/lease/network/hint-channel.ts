/**
 * A hint channel between the processes of a run: one message wakes one that waits, or is kept for the next.
 */
import type { Hints } from '../../../../lib/ports.ts';
import type { SeededRandom } from '../../shared/random.ts';
import type { Schedule } from '../../shared/schedule.ts';
import type { SimulatedProcess } from '../../shared/simulated-process.ts';
import type { UserCode } from '../../shared/user-code.ts';

export interface HintChannel {
  of(process: SimulatedProcess, userCode: UserCode): Hints;
}

/** Round trips of a healthy queue. */
const DELAY_MS = [2, 20] as const;
/** For this long a poll whose process has cut it, or is gone, may take a hint with it. */
const POLL_MS = 20_000;
/** A hint that no standby heard comes back after its visibility timeout. */
const AGAIN_AFTER_MS = 1_000;

export function createHintChannel(schedule: Schedule, random: SeededRandom): HintChannel {
  /** Polls, the oldest first. */
  const waiting = new Set<() => void>();
  let kept = 0;

  function deliver(): void {
    const [first] = waiting;
    if (first === undefined) kept += 1;
    else first();
  }

  function poll(process: SimulatedProcess, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = () => {
        waiting.delete(take);
        const heard = process.alive && !signal.aborted;
        const afterMs = heard ? random.between(...DELAY_MS) : AGAIN_AFTER_MS;
        schedule.at(schedule.nowMs + afterMs, heard ? () => process.enter(resolve) : deliver);
      };
      const cut = () => {
        schedule.at(schedule.nowMs + random.between(0, POLL_MS), () => waiting.delete(take));
        reject(signal.reason);
      };
      signal.addEventListener('abort', cut, { once: true });
      if (kept === 0) waiting.add(take);
      else {
        kept -= 1;
        take();
      }
    });
  }

  return {
    of: (process, userCode) => ({
      async announce() {
        await userCode.met('announce');
        await new Promise<void>((resolve) => {
          schedule.at(schedule.nowMs + random.between(...DELAY_MS), () => {
            deliver();
            process.enter(resolve);
          });
        });
      },
      async wait({ signal }) {
        await userCode.met('wait');
        signal.throwIfAborted();
        await poll(process, signal);
      },
    }),
  };
}
