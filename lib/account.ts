/**
 * What an AWS account refuses with, by the names of its errors: one list for every client, so that they
 * agree on what may heal.
 *
 * A wall clock that is off (the SDK corrects itself after the first answer, at the next call), credentials
 * that could not be loaded, a token in its rotation, a policy that was attached a moment ago: each of
 * these passes while the process lives, so none of them ends a campaign.
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

/** Whether the account refused the caller, which says nothing about what was asked for. */
export function isRefusal(errorName: string): boolean {
  return REFUSALS.has(errorName);
}

/** Whether no Region is configured: no call of this client will ever be sent. */
export function lacksRegion(error: unknown): boolean {
  return error instanceof Error && error.message === 'Region is missing';
}
