/**
 * Which clocks of a process are not to be trusted. Two wrong clocks within a few leases are more
 * than the larger of two differences can correct: nothing is claimed of such a holder.
 */

import type { Schedule } from '../schedule.ts';
import type { SimulatedProcess } from '../simulated-process.ts';
import { CLOCK_LIES, type ClockLie } from './process-faults.ts';

/** For how long a clock that lied may spoil a term that began before. */
const LIE_LEASES = 6;

export function createClockLies(schedule: Schedule, leaseDurationMs: number) {
  const lies = new Map<string, number>();
  return {
    clocksLie(process: SimulatedProcess, how: ClockLie): void {
      lies.set(`${process.name} ${how}`, schedule.nowMs);
    },
    bothClocksLied({ name }: SimulatedProcess): boolean {
      return CLOCK_LIES.every((how) => {
        const atMs = lies.get(`${name} ${how}`);
        return atMs !== undefined && schedule.nowMs - atMs < LIE_LEASES * leaseDurationMs;
      });
    },
  };
}
