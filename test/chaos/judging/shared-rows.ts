/**
 * The rows that every leader adds to, as the table's stream has them: each version with the stamp that the
 * fence left in it.
 */
import type { DynamoDBRecord } from 'aws-lambda';
import type { Admission } from '../../judge/invariants.ts';
import { SHARED_KEY } from '../workers/ways.ts';

export interface RowVersion extends Admission {
  readonly elements: readonly string[];
}

/** The versions of each shared row, by its sort key, in their order. */
export function sharedRows(
  versions: readonly DynamoDBRecord[],
): ReadonlyMap<string, readonly RowVersion[]> {
  const rows = new Map<string, RowVersion[]>();
  for (const { dynamodb } of versions) {
    const { pk, sk } = dynamodb?.Keys ?? {};
    if (pk?.S !== SHARED_KEY || sk?.S === undefined) continue;
    const { fencingToken, takenBy, elements } = dynamodb?.NewImage ?? {};
    const row = rows.get(sk.S) ?? [];
    row.push({
      token: BigInt(fencingToken?.N ?? 0),
      by: takenBy?.S ?? 'nobody',
      elements: elements?.SS ?? [],
    });
    rows.set(sk.S, row);
  }
  return rows;
}
