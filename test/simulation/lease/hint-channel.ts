/**
 * A hint channel between the processes of a run: one message wakes one that waits, or is kept for the next.
 */
import type { Hints } from '../../../lib/ports.ts';
import type { SeededRandom } from '../shared/random.ts';
import type { Schedule } from '../shared/schedule.ts';
import type { SimulatedProcess } from '../shared/simulated-process.ts';
import type { UserCode } from '../shared/user-code.ts';

export interface HintChannel {
  of(process: SimulatedProcess, userCode: UserCode): Hints;
}

/** Round trips of a healthy queue. */
const DELAY_MS = [2, 20] as const;

export function createHintChannel(schedule: Schedule, random: SeededRandom): HintChannel {
  const waiting = new Set<() => void>();
  let kept = 0;

  function deliver(): void {
    const [first] = waiting;
    if (first === undefined) kept += 1;
    else first();
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
        await new Promise<void>((resolve, reject) => {
          const wake = () => {
            waiting.delete(wake);
            schedule.at(schedule.nowMs + random.between(...DELAY_MS), () => process.enter(resolve));
          };
          signal.addEventListener(
            'abort',
            () => {
              waiting.delete(wake);
              reject(signal.reason);
            },
            { once: true },
          );
          if (kept === 0) waiting.add(wake);
          else {
            kept -= 1;
            wake();
          }
        });
      },
    }),
  };
}
