/**
 * Renewals that work asks for, so that a step of it is not cut short.
 */
import { UnreachableError } from '../../errors.ts';

/** What `ensure` needs of the term. */
interface Renewing {
  /** Reads the clocks, which ends a term that is over. */
  remainingMs(): number;
  /** Whether a renewal comes of it. */
  renew(): boolean;
}

/** After so many renewals none gives enough: the store is too slow, or the lease too short. */
const RENEWALS_MAX = 3;

export function createEnsuring(term: Renewing, signal: AbortSignal) {
  let next = Promise.withResolvers<void>();

  async function ensure(ms: number): Promise<void> {
    for (let renewals = 0; ; renewals += 1) {
      const leftMs = term.remainingMs();
      signal.throwIfAborted();
      if (leftMs >= ms) return;
      if (renewals === RENEWALS_MAX) throw tooSlow(ms, leftMs);
      const { promise } = next;
      if (!term.renew()) throw cut(ms, leftMs);
      await promise;
    }
  }

  return {
    ensure,
    /** A renewal was confirmed, or the wait for it has ended. */
    renewed(): void {
      next.resolve();
      next = Promise.withResolvers();
    },
  };
}

function cut(ms: number, leftMs: number): UnreachableError {
  return new UnreachableError(
    `the lease ends with this process and has ${Math.floor(leftMs)} ms left, less than ${ms}; make the step ` +
      'shorter, or leave it to a process that has the time',
  );
}

function tooSlow(ms: number, leftMs: number): UnreachableError {
  return new UnreachableError(
    `${RENEWALS_MAX} renewals in a row left ${Math.floor(leftMs)} ms of the lease, less than ${ms}; make the ` +
      'step shorter or raise leaseDurationMs',
  );
}
