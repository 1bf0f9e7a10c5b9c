/**
 * Where a group's rows are, and what an error of that place means.
 */
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Unknown } from '../../core/group/writes.ts';
import { failureOf } from '../election/answers.ts';

/** Where the rows of one group are. */
export interface GroupPlace {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly group: string;
  /** Named in errors. */
  readonly endpoint?: string | undefined;
}

export type Key = Readonly<{ pk: string; sk: string }>;

/** What an error that is no failed condition means: the outcome is unknown. */
export function unknownOf(place: GroupPlace, error: unknown): Unknown {
  return { kind: 'unknown', ...failureOf(error, place) };
}

export function keyItem({ pk, sk }: Key): Record<string, AttributeValue> {
  return { pk: { S: pk }, sk: { S: sk } };
}
