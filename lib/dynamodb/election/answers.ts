/**
 * What DynamoDB's answers mean. The one place where its errors are translated.
 *
 * A failed condition is `refused`. Everything else that is not a success is `unknown`: timeouts, dropped
 * connections, 5xx, throttling, `TransactionConflictException`, `ReplicatedWriteConflictException`.
 * `permanent` marks those that another attempt would meet again, and that applied nothing.
 */
import {
  AccessDeniedError,
  MalformedDataError,
  NotFoundError,
  UnreachableError,
} from '../../errors.ts';

export interface Failure {
  readonly cause: Error;
  readonly permanent: boolean;
}

const DENIED = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
  'CredentialsProviderError',
]);

export function isConditionFailure(error: unknown): boolean {
  return nameOf(error) === 'ConditionalCheckFailedException';
}

export function failureOf(
  error: unknown,
  where: { tableName: string; endpoint?: string | undefined },
): Failure {
  const at = where.endpoint === undefined ? '' : ` at ${where.endpoint}`;
  const table = `table ${JSON.stringify(where.tableName)}${at}`;
  const name = nameOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  if (error instanceof MalformedDataError) return { cause: error, permanent: true };
  if (name === 'ResourceNotFoundException') {
    const what =
      `${table} does not exist in this account and Region; create it ("cdk deploy", or ` +
      `"tenure run --create-table" locally), or name another one`;
    return { cause: new NotFoundError(what, options), permanent: true };
  }
  if (DENIED.has(name)) {
    const what =
      `${table} refused these credentials: ${message}; grant what "tenure policy" prints, or give ` +
      `other credentials`;
    return { cause: new AccessDeniedError(what, options), permanent: true };
  }
  if (name === 'ValidationException') {
    const what =
      `${table} does not have the shape of a lease table (keys pk and sk, both texts): ${message}; ` +
      `create one for this purpose`;
    return { cause: new MalformedDataError(what, options), permanent: true };
  }
  const what = `${table} did not answer: ${message || name}; check endpoint, network and load`;
  return { cause: new UnreachableError(what, options), permanent: false };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
