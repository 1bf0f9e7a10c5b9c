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
  BatchStatementRequest,
  BatchStatementResponse,
} from '@aws-sdk/client-dynamodb';
import type { Renew, WriteOutcome } from '../../core/lease/record.ts';
import { isTenureError } from '../../errors.ts';
import { failureOf } from '../election/answers.ts';
import { expressionOf } from '../election/conditions.ts';
import { decodeRecord, valuesOf } from '../election/stored-record.ts';
import type { RowsOfElection } from '../table/rows-query.ts';
import { leaseKeyOf } from '../table/schema.ts';
import { exceptionOf, updateStatement } from './statement.ts';

export interface Place extends RowsOfElection {
  /** Named in errors. */
  readonly endpoint?: string | undefined;
}

export function renewalStatement(
  write: Renew,
  { tableName, election, attributeNames }: Place,
): BatchStatementRequest {
  const { condition, update } = expressionOf(write);
  return updateStatement({
    tableName,
    key: leaseKeyOf(election),
    attributeNames,
    condition,
    update,
    values: valuesOf(write),
    returning: ' RETURNING ALL NEW *',
  });
}

/** What the batch's answer says about one statement. An answer that is missing is `unknown`. */
export function renewalOutcome(
  answer: BatchStatementResponse | undefined,
  place: Place,
): WriteOutcome {
  const { Error: problem, Item } = answer ?? { Error: { Message: 'no answer in the batch' } };
  if (problem === undefined) return decoded('granted', Item, place);
  if (problem.Code !== 'ConditionalCheckFailed') return failed(exceptionOf(problem), place);
  return decoded('refused', problem.Item, place);
}

/**
 * A record that does not parse is an answer of the store. Any other error here is a defect of this
 * code.
 */
function decoded(
  kind: 'granted' | 'refused',
  item: Record<string, AttributeValue> | undefined,
  place: Place,
): WriteOutcome {
  try {
    return { kind, record: item && decodeRecord(place.election, item) };
  } catch (cause) {
    if (isTenureError(cause)) return failed(cause, place);
    throw cause;
  }
}

/** The outcome of every renewal in a request that failed as a whole. */
export function failed(error: unknown, place: Place): WriteOutcome {
  return { kind: 'unknown', ...failureOf(error, place) };
}
