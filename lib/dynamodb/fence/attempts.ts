/**
 * The attempts at one command. It asks the term before each attempt, and knows afterwards what
 * became of the write.
 *
 * Decides when a refusal means that nothing was changed. The SDK sends a write again where an
 * answer was lost. The attempt without an answer may have been applied, or may still be. Assumes
 * that an answer of status 400 to 499 applied nothing.
 */
import { type FencedOutcome, isTenureError, LeadershipLostError } from '../../errors.ts';
import type { FencingTerm } from './fence.ts';

export interface Attempts {
  /** The outcome of the write, if it ended in an error now. */
  readonly outcome: FencedOutcome;
  /** @throws LeadershipLostError without sending where the term is over, with the outcome so far. */
  write<T>(send: () => Promise<T>): Promise<T>;
  /** @throws LeadershipLostError where the term is over, with the outcome so far. */
  throwIfOver(): void;
}

export function attemptsOf(term: Pick<FencingTerm, 'throwIfOver'>): Attempts {
  let outcome: FencedOutcome = 'never-sent';

  function throwIfOver(): void {
    try {
      term.throwIfOver();
    } catch (error) {
      if (!isTenureError(error, 'LEADERSHIP_LOST')) throw error;
      const { election, token, why } = error;
      throw new LeadershipLostError({ election, token, why, outcome, cause: error });
    }
  }

  return {
    get outcome() {
      return outcome;
    },
    throwIfOver,
    async write(send) {
      throwIfOver();
      const before = outcome;
      // Until the answer comes the outcome is unknown, also to a caller that asks meanwhile.
      outcome = 'unknown';
      try {
        return await send();
      } catch (error) {
        if (appliedNothing(error) && before !== 'unknown') outcome = 'refused';
        throw error;
      }
    },
  };
}

function appliedNothing(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500;
}
