/**
 * Where an election's record is, for lease checks: what `LeaseReference` holds for a DynamoDB store.
 */

import type { AttributeNames } from '../../environment.ts';
import type { LeaseReference } from '../../ports.ts';
import type { Key } from './schema.ts';

export interface RecordReference extends LeaseReference {
  readonly store: 'dynamodb';
  readonly tableName: string;
  readonly key: Key;
  readonly attributeNames?: AttributeNames | undefined;
  /** The Region that the table is used in, where it is known: a transaction cannot span two. */
  readonly region?: (() => Promise<string>) | undefined;
  /** Known to be strongly consistent over several Regions, where DynamoDB runs no transactions. */
  readonly severalRegions?: boolean | undefined;
}

export function recordReference(record: Omit<RecordReference, 'store'>): RecordReference {
  return { ...record, store: 'dynamodb' };
}

/** Whether a term's record is in a DynamoDB table, where a transaction can check it. */
export function isRecordReference(lease: LeaseReference | undefined): lease is RecordReference {
  return lease?.store === 'dynamodb';
}
