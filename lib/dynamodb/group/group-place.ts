/**
 * Where a group's rows are, and what an error of that place means.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Unknown } from '../../core/group/writes.ts';
import type { AttributeNames } from '../../environment.ts';
import { failureOf } from '../election/answers.ts';

/** Where the rows of one group are. */
export interface GroupPlace {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly group: string;
  /** Named in errors. Left out: they name the table alone. */
  readonly endpoint?: string | undefined;
  /** What the table calls its keys and its TTL attribute. Default: as `createLeaseTable` does. */
  readonly attributeNames?: AttributeNames | undefined;
}

/** What an error that is no failed condition means: the outcome is unknown. */
export function unknownOf(place: GroupPlace, error: unknown): Unknown {
  return { kind: 'unknown', ...failureOf(error, place) };
}
