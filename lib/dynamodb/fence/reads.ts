/**
 * Reads through a fence: a tombstone is no row, and the stamp is left out unless asked for.
 *
 * Decides what is added to a read so that tombstones can be told, and what is taken out of its
 * answer. Query and Scan leave tombstones out by a filter of the service, so that counts are right;
 * as with any filter, `Limit` and a page's size apply before it, and a page may come back empty.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { NotFenceableError } from '../../errors.ts';
import { attributesIn, freshStem, type Names, parenthesized } from './expression.ts';
import { type Fence, keepsTombstones } from './fence.ts';

/** A Get, one Get of a transaction, the keys of one table in a batch, a Query or a Scan. */
export interface Read {
  readonly TableName?: string | undefined;
  readonly IndexName?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly FilterExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Names | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>> | undefined;
}

const LEGACY = [
  'AttributesToGet',
  'QueryFilter',
  'ScanFilter',
  'KeyConditions',
  'ConditionalOperator',
] as const;

/** A read by key: the mark is read along, so that a tombstone can be told. */
export function readingMark<R extends Read>(read: R, fence: Fence, table = read.TableName): R {
  refuseLegacy(read);
  const projected = read.ProjectionExpression;
  if (projected === undefined || !keepsTombstones(fence, table)) return read;
  if (asksFor(fence.tombstoneAttribute, read)) return read;
  const mark = `#${freshStem(read.ExpressionAttributeNames)}Tombstone`;
  return {
    ...read,
    ProjectionExpression: `${projected}, ${mark}`,
    ExpressionAttributeNames: {
      ...read.ExpressionAttributeNames,
      [mark]: fence.tombstoneAttribute,
    },
  };
}

/** A Query or Scan: the service leaves tombstones out, also from its count. */
export function filteringTombstones<R extends Read>(read: R, fence: Fence): R {
  refuseLegacy(read);
  if (!keepsTombstones(fence, read.TableName)) return read;
  const stem = freshStem(read.ExpressionAttributeNames, read.ExpressionAttributeValues);
  const own = read.FilterExpression;
  const living = `attribute_not_exists(#${stem}Tombstone)`;
  return {
    ...read,
    FilterExpression: own === undefined ? living : `${parenthesized(own)} AND ${living}`,
    ExpressionAttributeNames: {
      ...read.ExpressionAttributeNames,
      [`#${stem}Tombstone`]: fence.tombstoneAttribute,
    },
  };
}

/** The row as the user may see it; `undefined` where it is a tombstone. */
export function visibleRow<T>(
  row: Readonly<Record<string, T>> | undefined,
  fence: Fence,
  read: Read = {},
): Record<string, T> | undefined {
  if (row === undefined || fence.tombstoneAttribute in row) return undefined;
  const visible = { ...row };
  if (!fence.showStamp && !asksFor(fence.stampAttribute, read))
    delete visible[fence.stampAttribute];
  return visible;
}

/** A projection that names the attribute asks for it. */
function asksFor(attribute: string, read: Read): boolean {
  return attributesIn(read.ProjectionExpression, read.ExpressionAttributeNames).has(attribute);
}

function refuseLegacy(read: object): void {
  const used = LEGACY.filter((name) => (read as Record<string, unknown>)[name] !== undefined);
  if (used.length === 0) return;
  throw new NotFenceableError(
    `a read through a fence takes expressions, got the legacy parameter ${used.join(', ')}; use ` +
      'KeyConditionExpression, FilterExpression and ProjectionExpression, or the client itself',
  );
}
