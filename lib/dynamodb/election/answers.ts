/**
 * What DynamoDB's answers mean. The one place where its errors are translated.
 *
 * A failed condition is `refused`. Everything else that is not a success is `unknown`: timeouts, dropped
 * connections, 5xx, throttling, `TransactionConflictException`, `ReplicatedWriteConflictException`.
 * `permanent` marks a call that is itself wrong: nothing was applied, and another attempt would
 * fail too. `denied` marks a refusal by the account, which may heal.
 */
import { isRefusal, lacksRegion } from '../../account.ts';
import {
  AccessDeniedError,
  InvalidOptionsError,
  MalformedDataError,
  NotFoundError,
  UnreachableError,
} from '../../errors.ts';

export interface Failure {
  readonly cause: Error;
  readonly permanent: boolean;
  readonly denied?: boolean | undefined;
}

export const CONDITION_FAILURE = 'ConditionalCheckFailedException';

export function isConditionFailure(error: unknown): boolean {
  return nameOf(error) === CONDITION_FAILURE;
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
  if (lacksRegion(error)) {
    const what = `no Region is configured for ${table}; set AWS_REGION, or region in clientConfig`;
    return { cause: new InvalidOptionsError([what], options), permanent: true };
  }
  if (isRefusal(name)) {
    const what =
      `${table} refused these credentials: ${message}; grant what "tenure policy" prints, or give ` +
      `other credentials`;
    return { cause: new AccessDeniedError(what, options), permanent: false, denied: true };
  }
  if (name === 'ValidationException') {
    const what =
      `${table} does not have the shape of a lease table (keys pk and sk, or as attributeNames says, both texts): ${message}; ` +
      `create one for this purpose`;
    return { cause: new MalformedDataError(what, options), permanent: true };
  }
  const what = `${table} did not answer: ${message || name}; check endpoint, network and load`;
  return { cause: new UnreachableError(what, options), permanent: false };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
