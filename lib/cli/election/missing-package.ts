/**
 * Which package an import did not find. It imports nothing, so that it can report any package that
 * is missing.
 */

/** What to do about it, or `undefined` where the error is another. */
export function missingPackageAdvice(error: unknown): string | undefined {
  if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const name = /Cannot find package '([^']+)'/.exec((error as Error).message)?.[1];
  return name && `package "${name}" is not installed; run "npm install ${name}"`;
}
