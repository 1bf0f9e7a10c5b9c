/**
 * What an AWS account refuses with, by the names of its errors: one list for every client, so that they
 * agree on what may heal.
 *
 * Each of these passes while the process lives, so none of them ends a campaign that waits. A wall
 * clock is off: the SDK corrects its signatures after the first answer. Credentials could not be
 * loaded, or a token is being rotated. A policy was attached a moment ago.
 */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSecurity',
  'InvalidSignatureException',
  'KMS.AccessDeniedException',
  'KmsAccessDenied',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'NotAuthorized',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'UnrecognizedClientException',
]);

/** Whether the account refused the caller. That says nothing about the request itself. */
export function isRefusal(errorName: string): boolean {
  return REFUSALS.has(errorName);
}

/** Whether no Region is configured: no call of this client will ever be sent. */
export function lacksRegion(error: unknown): boolean {
  return error instanceof Error && error.message === 'Region is missing';
}
