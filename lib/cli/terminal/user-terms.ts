/**
 * What an error of another library means to the operator who typed the command: an option left out,
 * a package not there.
 */
import { InvalidOptionsError, MissingDependencyError } from '../../index.ts';
import { missingPackageAdvice } from '../election/missing-package.ts';

/** The error in terms of what can be typed, or unchanged. */
export function inUserTerms(error: unknown): unknown {
  const advice = missingPackageAdvice(error);
  if (advice !== undefined) return new MissingDependencyError(advice, { cause: error });
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') {
    return new InvalidOptionsError([
      `port ${port} is used by another program; give another one, or leave --port out`,
    ]);
  }
  // The SDK misses the Region only when it sends. To the operator it is an option that was left
  // out.
  if (!/Region is missing|no Region is configured/.test(String((error as Error).message))) {
    return error;
  }
  return new InvalidOptionsError([
    'no AWS Region is set; give --region, or set AWS_REGION or a profile with a Region',
  ]);
}
