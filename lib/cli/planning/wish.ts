/**
 * From what a user wants to the timings that give it: the longest lease that keeps the promise.
 *
 * Decides one thing only: how long a lease may be. A longer lease costs less, so the longest one that
 * keeps the wished fail-over is the cheapest. Everything else is a default of the library.
 */
import { InvalidOptionsError, resolveTimings, type Timings } from '../../index.ts';

/** A round trip to a store in the same Region, with room to spare: usually 5 to 10 ms. */
export const ROUND_TRIP_MS = 10;
/** Guarantee 4 says "a few round trips": a read, the acquire, the first write, and a look that was late. */
export const FEW_ROUND_TRIPS_MS = 10 * ROUND_TRIP_MS;

const RENEW_SHARE = 0.3;
const STEP_MS = 100;
const LEASE_MS_MIN = 1_000;

export interface Wish {
  /** The longest time without a leader after a crash, by guarantee 4. */
  readonly crashMs: number;
  readonly elections: number;
  readonly standbys: number;
}

/** The shortest crash that the shortest lease allows. */
export function leastCrashMs(): number {
  return Math.ceil(LEASE_MS_MIN * (1 + RENEW_SHARE) + FEW_ROUND_TRIPS_MS);
}

/** @throws InvalidOptionsError where no lease is short enough, with what would be. */
export function timingsFor({ crashMs }: Pick<Wish, 'crashMs'>): Timings {
  // Worst case: lease + renew interval + a few round trips, with the renew interval 0.3 of the lease.
  const longestMs = (crashMs - FEW_ROUND_TRIPS_MS) / (1 + RENEW_SHARE);
  const leaseDurationMs = Math.floor(longestMs / STEP_MS) * STEP_MS;
  if (leaseDurationMs < LEASE_MS_MIN) {
    throw new InvalidOptionsError([
      `--crash must be at least ${leastCrashMs()}ms, got ${crashMs}ms: a lease under a second ends with each ` +
        `pause of a busy process; raise --crash, or keep the lease and use a last will or a hint channel`,
    ]);
  }
  return resolveTimings({ leaseDurationMs, renewIntervalMs: leaseDurationMs * RENEW_SHARE });
}
