/**
 * Term after term: campaigns again after each loss, until the work returns, throws for good, or the caller
 * aborts.
 */
import type { Clock, Random } from '../../ports.ts';
import type { Candidate } from '../candidate/candidate.ts';
import { type LeadWhileOptions, leadOneTerm, type TermResult, type Work } from './lead-once.ts';
import { tellsOfAbort } from './tells-of-abort.ts';

/**
 * Resolves with what the work returned, or with `undefined` once `signal` has aborted and the work has
 * drained. Rejects with what the work threw, or with what made campaigning impossible.
 */
export async function leadWhile<T>(
  candidate: Candidate,
  work: Work<T>,
  options: LeadWhileOptions,
  timing: { readonly clock: Clock; readonly random: Random },
): Promise<T | undefined> {
  const { signal } = options;
  const tryAgain = options.retry?.({ ...timing, signal });
  while (!signal?.aborted) {
    try {
      const result = await leadOneTerm(candidate, work, options);
      // A hand-over that was asked for ends the term, not the work. The next campaign waits its
      // turn.
      if (result.kind === 'lost' || (result.requested && endedByTerm(result))) continue;
      if (result.kind === 'returned') return result.value;
      if (tryAgain === undefined) throw result.error;
      await tryAgain(result.error);
    } catch (error) {
      if (signal?.aborted && (error === signal.reason || tellsOfAbort(error))) return undefined;
      throw error;
    }
  }
  return undefined;
}

/** Work that returns, or rejects as told, ended because its term did; any other error is its own. */
function endedByTerm(result: Exclude<TermResult<unknown>, { kind: 'lost' }>): boolean {
  return result.kind === 'returned' || tellsOfAbort(result.error);
}
