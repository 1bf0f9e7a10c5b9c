/**
 * A lease store that sends renewals in batches; everything else goes as before.
 *
 * Decides which writes may wait for others: a renewal of a leader that goes on. A renewal that
 * announces a hand-over goes at once. So do acquire and release, since a candidate waits for them.
 * It is an import of its own, so that an election without batches does not bundle it.
 */

import type { LeaseWrite } from '../../core/lease/record.ts';
import { InvalidOptionsError } from '../../errors.ts';
import { unknownOptions } from '../../option-problems.ts';
import type { LeaseStore } from '../../ports.ts';
import { createRenewalBatches, type RenewalBatchesOptions } from './renewal-batches.ts';

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

/** What `inBatches()` returns, for `dynamoDbLease({ batchRenewals })`. */
export interface RenewalBatching {
  /** Called once for each mechanism: its elections share batches. */
  over(
    place: RenewalBatchesOptions,
  ): <Write extends LeaseWrite>(store: LeaseStore<Write>, of: BatchedElection) => LeaseStore<Write>;
}

interface BatchedElection {
  readonly election: string;
  readonly writeTimeoutMs: number;
}

/**
 * Sends renewals together, up to 25 in a request.
 * @throws InvalidOptionsError for an unknown option; `createElection` throws it for a `gatherMs` too long.
 */
export function inBatches(options: BatchRenewals = {}): RenewalBatching {
  const problems = unknownOptions(options, ['gatherMs'], { of: 'inBatches' });
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  return {
    over(place) {
      const batches = createRenewalBatches(place);
      return (store, { election, writeTimeoutMs }) => {
        const gatherMs = gatherMsOf(options, writeTimeoutMs);
        return {
          ...store,
          write(given, { signal }) {
            const write: LeaseWrite = given;
            if (write.kind !== 'renew' || write.state === 'draining')
              return store.write(given, { signal });
            return batches.renew({ election, write, gatherMs, signal });
          },
        };
      };
    },
  };
}

/** The wait is taken from the answer's time, so half of that time is left for the store. */
function gatherMsOf({ gatherMs: given }: BatchRenewals, writeTimeoutMs: number): number {
  const gatherMs = given ?? writeTimeoutMs / 3;
  if (gatherMs >= 0 && gatherMs < writeTimeoutMs / 2) return gatherMs;
  throw new InvalidOptionsError([
    `gatherMs of inBatches must be at least 0 and below half of writeTimeoutMs ` +
      `(${writeTimeoutMs / 2}), got ${gatherMs}; lower it or raise writeTimeoutMs`,
  ]);
}
