/**
 * What an account answers for a while and then no more: a wall clock that is off until the SDK corrects
 * itself, credentials that could not be loaded, a token in its rotation, a policy that was just attached.
 */
export const ACCOUNT_ERRORS = [
  'InvalidSignatureException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'AccessDeniedException',
] as const;
