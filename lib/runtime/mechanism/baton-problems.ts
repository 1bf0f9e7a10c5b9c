/**
 * Why a campaign over a queue cannot go on, as the error that its caller gets.
 */
import type { BatonProblem } from '../../core/baton/state.ts';
import {
  InvalidOptionsError,
  isTenureError,
  TokenRegressionError,
  UnreachableError,
} from '../../errors.ts';

export function batonErrorOf(election: string, problem: BatonProblem): Error {
  const name = JSON.stringify(election);
  switch (problem.kind) {
    case 'unfit-queue':
      return new InvalidOptionsError(problem.problems);
    case 'foreign-message': {
      const whose =
        problem.election === undefined
          ? 'that no election sent'
          : `of election ${JSON.stringify(problem.election)}`;
      return new InvalidOptionsError([
        `the queue of election ${name} must hold its batons alone, got a message ${whose}; give each ` +
          `election a queue of its own, and take the message out`,
      ]);
    }
    case 'number-not-rising':
      return new TokenRegressionError({
        election,
        knownToken: problem.known,
        recordToken: problem.given,
        queue: true,
      });
    case 'queue':
      if (isTenureError(problem.cause)) return problem.cause;
      return new UnreachableError(
        `the queue did not answer for election ${name}: ${String(problem.cause)}; check its URL, the ` +
          `network and permissions`,
        { cause: problem.cause },
      );
  }
}
