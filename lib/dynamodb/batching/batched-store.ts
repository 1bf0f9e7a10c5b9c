/**
 * A lease store whose renewals go in batches; everything else goes as before.
 *
 * Decides which writes may wait for others: a renewal that leads on. One that announces a hand-over
 * goes at once, as do acquire and release, on which somebody waits.
 */
import { InvalidOptionsError } from '../../errors.ts';
import type { LeaseStore } from '../../ports.ts';
import type { RenewalBatches } from './renewal-batches.ts';

/** How renewals of elections that share one mechanism are sent together. */
export interface BatchRenewals {
  /**
   * How long a renewal may wait for others, in milliseconds; below half of `writeTimeoutMs`. Default: a
   * third of it. With elections that renew evenly spread, a request carries about
   * `elections × gatherMs / renewIntervalMs` of them, 25 at most. A standby that reads at the time of
   * the expected renewal finds it late by as much, and reads once more.
   */
  readonly gatherMs?: number | undefined;
}

/**
 * What waits here is lost of the answer's time, so half of it is left for the store.
 * @throws InvalidOptionsError when renewals would wait for longer.
 */
export function gatherMsOf(given: BatchRenewals, writeTimeoutMs: number): number {
  const { gatherMs = writeTimeoutMs / 3 } = given;
  if (gatherMs >= 0 && gatherMs < writeTimeoutMs / 2) return gatherMs;
  throw new InvalidOptionsError([
    `batchRenewals.gatherMs must be at least 0 and below half of writeTimeoutMs ` +
      `(${writeTimeoutMs / 2}), got ${gatherMs}; lower it or raise writeTimeoutMs`,
  ]);
}

export function batchedStore(
  store: LeaseStore,
  batches: RenewalBatches,
  { election, gatherMs }: { readonly election: string; readonly gatherMs: number },
): LeaseStore {
  return {
    ...store,
    write(write, { signal }) {
      if (write.kind !== 'renew' || write.state === 'draining')
        return store.write(write, { signal });
      return batches.renew({ election, write, gatherMs, signal });
    },
  };
}
