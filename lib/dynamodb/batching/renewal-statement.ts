/**
 * A renewal as a PartiQL statement, and its share of a batch's answer as an outcome.
 *
 * Decides no condition: the statement is made from the expressions of `conditions.ts`, so that a renewal
 * demands the same of the record whichever way it is sent. Assumes of `BatchExecuteStatement` that each
 * statement is applied on its own, that its place in the answer is its place in the request, and that
 * `RETURNING ALL NEW *` fills the answer's `Item`.
 */
import type {
  AttributeValue,
  BatchStatementError,
  BatchStatementRequest,
  BatchStatementResponse,
} from '@aws-sdk/client-dynamodb';
import type { Renew, WriteOutcome } from '../../core/lease/record.ts';
import { failureOf } from '../election/answers.ts';
import { expressionOf } from '../election/conditions.ts';
import { decodeRecord, valuesOf } from '../election/stored-record.ts';
import { leaseKeyOf, PARTITION_KEY, SORT_KEY } from '../table/schema.ts';

export interface Place {
  readonly tableName: string;
  readonly election: string;
  /** Named in errors. */
  readonly endpoint?: string | undefined;
}

export function renewalStatement(write: Renew, { tableName, election }: Place) {
  const { condition, update } = expressionOf(write);
  const { pk, sk } = leaseKeyOf(election);
  // PartiQL's documented form repeats SET where an update expression has a comma.
  const changes = update.replaceAll(', #', ' SET #');
  const text =
    `UPDATE "${tableName}" ${changes} ` +
    `WHERE #${PARTITION_KEY} = :${PARTITION_KEY} AND #${SORT_KEY} = :${SORT_KEY} ` +
    `AND ${condition} RETURNING ALL NEW *`;
  const values = { ...valuesOf(write, Date.now()), ':pk': { S: pk }, ':sk': { S: sk } };
  return {
    ...positional(text, values),
    // What tells a lost answer from a lost role, without another read.
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } satisfies BatchStatementRequest;
}

/** Names in quotes, since `token` is a reserved word; values in the order in which they appear. */
function positional(text: string, values: Readonly<Record<string, AttributeValue>>) {
  const Parameters: AttributeValue[] = [];
  const Statement = text
    .replaceAll(/#([A-Za-z]+)/g, '"$1"')
    .replaceAll(/:[A-Za-z]+/g, (placeholder) => {
      const value = values[placeholder];
      if (value === undefined) throw new Error(`${placeholder} of a renewal has no value`);
      Parameters.push(value);
      return '?';
    });
  return { Statement, Parameters };
}

/** What the batch's answer says about one statement. An answer that is missing is `unknown`. */
export function renewalOutcome(
  answer: BatchStatementResponse | undefined,
  place: Place,
): WriteOutcome {
  try {
    const { Error: problem, Item } = answer ?? { Error: { Message: 'no answer in the batch' } };
    if (problem === undefined) {
      return { kind: 'granted', record: Item && decodeRecord(place.election, Item) };
    }
    if (problem.Code !== 'ConditionalCheckFailed') return failed(exceptionOf(problem), place);
    return {
      kind: 'refused',
      record: problem.Item && decodeRecord(place.election, problem.Item),
    };
  } catch (cause) {
    return failed(cause, place);
  }
}

/** The outcome of every renewal in a request that failed as a whole. */
export function failed(error: unknown, place: Place): WriteOutcome {
  return { kind: 'unknown', ...failureOf(error, place) };
}

/** The exception that the same answer to a single write would have been, for the one translation. */
function exceptionOf({ Code = 'InternalServerError', Message }: BatchStatementError): Error {
  const error = new Error(Message ?? Code);
  error.name = NAMES[Code] ?? Code;
  return error;
}

/** Where the code of a statement is not the name of the exception. */
const NAMES: Readonly<Record<string, string>> = {
  ResourceNotFound: 'ResourceNotFoundException',
  AccessDenied: 'AccessDeniedException',
  ValidationError: 'ValidationException',
};
