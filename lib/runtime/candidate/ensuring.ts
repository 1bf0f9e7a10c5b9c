/**
 * Renewals that work asks for, so that a step of it is not cut short.
 */
import type { Timings } from '../../core/time/timing.ts';
import { InvalidOptionsError, UnreachableError } from '../../errors.ts';

/** What is asked of the term. */
interface Renewing {
  /** Reads the clocks, which ends a term that is over. */
  remainingMs(): number;
  renew(): void;
}

export type LeaseTimings = Pick<Timings, 'leaseDurationMs' | 'marginMs' | 'lossGraceMs'>;

/** A store that answers later than that each time gives no such lease. */
const RENEWALS_MAX = 3;

export function createEnsuring(timings: LeaseTimings, term: Renewing, signal: AbortSignal) {
  let next = Promise.withResolvers<void>();

  async function ensure(ms: number): Promise<void> {
    refuseMoreThanALease(ms, timings);
    for (let renewals = 0; ; renewals += 1) {
      const leftMs = term.remainingMs();
      signal.throwIfAborted();
      if (leftMs >= ms) return;
      if (renewals === RENEWALS_MAX) throw tooSlow(ms, leftMs);
      const { promise } = next;
      term.renew();
      await promise;
    }
  }

  return {
    ensure,
    /** A renewal was confirmed, or none will be waited for any more. */
    renewed(): void {
      next.resolve();
      next = Promise.withResolvers();
    },
  };
}

function refuseMoreThanALease(ms: number, timings: LeaseTimings): void {
  const { leaseDurationMs, marginMs, lossGraceMs } = timings;
  const mostMs = leaseDurationMs - marginMs - lossGraceMs;
  if (ms <= mostMs) return;
  throw new InvalidOptionsError([
    `ensure must be given at most leaseDurationMs less marginMs and lossGraceMs (${mostMs}), got ${ms}; ` +
      'make the step shorter or raise leaseDurationMs',
  ]);
}

function tooSlow(ms: number, leftMs: number): UnreachableError {
  return new UnreachableError(
    `${RENEWALS_MAX} renewals in a row left less than ${ms} ms of the lease, the last one ` +
      `${Math.floor(leftMs)} ms: the store answers too late; raise leaseDurationMs`,
  );
}
