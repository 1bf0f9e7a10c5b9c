/**
 * How long the role is without a leader after each fault, in the mean and at worst, for each way to
 * elect.
 *
 * The formulas are those of the guarantees. A lease ends by itself; in the mean half a renew
 * interval of it has passed when its leader dies. Assumes clocks that agree. With clocks apart a
 * standby sees the last renewal up to one renew interval late. The worst case here includes that.
 */
import type { Timings } from '../../index.ts';
import { FEW_ROUND_TRIPS_MS, ROUND_TRIP_MS } from './wish.ts';

/** One election each, with a lease or a message of its own. */
export type SingleWay = 'lease' | 'lease with hints' | 'baton';
/** `partitions`: one lease for each process, which leads many of them. */
export type Way = SingleWay | 'partitions';

export interface Leaderless {
  readonly fault: 'crash' | 'hand-over' | 'store silent for less than this: no loss';
  readonly meanMs: number;
  readonly worstMs: number;
}

/** A standby's first look after an expected renewal, and the acquire. */
const SEEN_AND_TAKEN_MS = 20 + 2 * ROUND_TRIP_MS;
/** A message that is delivered, a read, and an acquire. */
const WOKEN_AND_TAKEN_MS = 4 * ROUND_TRIP_MS;
/** Until the successor looks at a record that its plan gives it, and the acquire. */
const RELEASED_AND_TAKEN_MS = 50 + ROUND_TRIP_MS;
/** A deposition, a plan, the survivors' look at it, and their acquires in batches. */
export const PLANNED_AND_TAKEN_MS = 1_000;

export function leaderlessOf(way: Way, timings: Timings): readonly Leaderless[] {
  const { leaseDurationMs, renewIntervalMs } = timings;
  const crash = {
    fault: 'crash',
    meanMs: leaseDurationMs - renewIntervalMs / 2 + SEEN_AND_TAKEN_MS,
    worstMs: leaseDurationMs + renewIntervalMs + FEW_ROUND_TRIPS_MS,
  } as const;
  const silent = outageMs(timings);
  const outage = {
    fault: 'store silent for less than this: no loss',
    meanMs: silent,
    worstMs: silent,
  } as const;
  switch (way) {
    case 'lease':
      return [
        crash,
        {
          fault: 'hand-over',
          meanMs: renewIntervalMs / 2 + SEEN_AND_TAKEN_MS,
          worstMs: renewIntervalMs + FEW_ROUND_TRIPS_MS,
        },
        outage,
      ];
    case 'partitions':
      return [
        {
          fault: 'crash',
          meanMs: leaseDurationMs - renewIntervalMs / 2 + PLANNED_AND_TAKEN_MS,
          worstMs: leaseDurationMs + renewIntervalMs + PLANNED_AND_TAKEN_MS,
        },
        {
          fault: 'hand-over',
          meanMs: RELEASED_AND_TAKEN_MS,
          worstMs: renewIntervalMs + FEW_ROUND_TRIPS_MS,
        },
        outage,
      ];
    case 'lease with hints':
    case 'baton':
      return [
        crash,
        {
          fault: 'hand-over',
          meanMs: WOKEN_AND_TAKEN_MS,
          worstMs: renewIntervalMs + FEW_ROUND_TRIPS_MS,
        },
        outage,
      ];
  }
}

/** Guarantee 5, for a store that is silent. */
function outageMs(timings: Timings): number {
  const { leaseDurationMs, marginMs, lossGraceMs, renewIntervalMs, writeTimeoutMs } = timings;
  const ms = leaseDurationMs - marginMs - lossGraceMs - renewIntervalMs - 2 * writeTimeoutMs - 500;
  return Math.max(0, ms);
}
