/**
 * Why a campaign over a lease store cannot go on, as the error that its caller gets.
 */
import type { Problem } from '../../core/lease/effects.ts';
import { FORMAT_VERSION } from '../../core/lease/record.ts';
import { formatToken } from '../../core/token.ts';
import {
  InvalidOptionsError,
  isTenureError,
  TokenRegressionError,
  UnreachableError,
  UnsupportedFormatError,
} from '../../errors.ts';

export function leaseErrorOf(election: string, problem: Problem): Error {
  switch (problem.kind) {
    case 'regression':
      return new TokenRegressionError({ election, ...problem });
    case 'newer-format': {
      const { formatVersion } = problem;
      return new UnsupportedFormatError({ election, formatVersion, supported: FORMAT_VERSION });
    }
    case 'exhausted':
      return new InvalidOptionsError([
        `election ${JSON.stringify(election)} has used token ${formatToken(problem.token)}, the ` +
          `largest that DynamoDB can compare; continue under another name`,
      ]);
    case 'store':
      if (isTenureError(problem.cause)) return problem.cause;
      return new UnreachableError(
        `the lease store did not answer for election ${JSON.stringify(election)}: ` +
          `${String(problem.cause)}; check endpoint, network and permissions`,
        { cause: problem.cause },
      );
  }
}
