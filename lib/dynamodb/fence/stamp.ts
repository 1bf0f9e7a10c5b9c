/**
 * The stamp: one Put, Update, Delete or ConditionCheck with the token's condition merged in.
 *
 * Decides the condition that a fenced write demands and what the write leaves in the row. Both are
 * the same for a command and for one action of a transaction. `refusal.ts` decides what an answer
 * means.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { NotFenceableError } from '../../errors.ts';
import {
  attributesIn,
  freshStem,
  type Names,
  parenthesized,
  replacePaths,
  withAction,
} from './expression.ts';
import { type Fence, keepsTombstones, type Row } from './fence.ts';

/** A user's write, as marshalled; a command of its own or one action of a transaction. */
export interface RowWrite {
  readonly TableName?: string | undefined;
  readonly Item?: Row | undefined;
  readonly Key?: Row | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Names | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>> | undefined;
  readonly ReturnValues?: string | undefined;
  readonly ReturnItemCollectionMetrics?: string | undefined;
  readonly ReturnConsumedCapacity?: string | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

const LEGACY = ['Expected', 'AttributeUpdates', 'ConditionalOperator'] as const;

/** @throws NotFenceableError */
export function stampedPut(put: RowWrite, fence: Fence): RowWrite {
  refuseLegacy(put);
  refuseOwnAttributes(Object.keys(put.Item ?? {}), fence);
  const item = { ...put.Item, [fence.stampAttribute]: fence.tokenValue };
  return { ...put, Item: item, ...merged(put, fence, keyCandidates(put.Item ?? {})) };
}

/** @throws NotFenceableError */
export function stampedUpdate(update: RowWrite, fence: Fence): RowWrite {
  refuseLegacy(update);
  refuseOwnAttributes(
    [
      ...attributesIn(update.UpdateExpression, update.ExpressionAttributeNames),
      ...Object.keys(update.Key ?? {}),
    ],
    fence,
  );
  const stem = stemOf(update);
  const expressions = merged(update, fence, Object.keys(update.Key ?? {}));
  const stamped = withAction(update.UpdateExpression, {
    clause: 'SET',
    action: `#${stem}Fence = :${stem}Token`,
  });
  if (!keepsTombstones(fence, update.TableName)) {
    return { ...update, ...expressions, UpdateExpression: stamped };
  }
  // A row that is written again exists again; with the tombstone it would stay hidden.
  const revived = withAction(stamped, { clause: 'REMOVE', action: `#${stem}Tombstone` });
  const names = {
    ...expressions.ExpressionAttributeNames,
    [`#${stem}Tombstone`]: fence.tombstoneAttribute,
  };
  return { ...update, ...expressions, UpdateExpression: revived, ExpressionAttributeNames: names };
}

/** A delete that really deletes: only where every write to the table is lease-checked. */
export function stampedDelete(remove: RowWrite, fence: Fence): RowWrite {
  refuseLegacy(remove);
  return { ...remove, ...merged(remove, fence, Object.keys(remove.Key ?? {})) };
}

/**
 * The Put that stands for a Delete: it leaves only the row's key, the stamp and the mark. Deleting
 * the row would delete its stamp too, and a stale leader could then write the row.
 */
export function tombstonePut(remove: RowWrite, fence: Fence): RowWrite {
  refuseLegacy(remove);
  refuseOwnAttributes(Object.keys(remove.Key ?? {}), fence);
  const { Key: key = {}, ...rest } = remove;
  const item: Row = {
    ...key,
    [fence.stampAttribute]: fence.tokenValue,
    [fence.tombstoneAttribute]: { BOOL: true },
  };
  return { ...rest, Item: item, ...merged(remove, fence, Object.keys(key)) };
}

/**
 * A ConditionCheck writes nothing, but fencing it costs nothing. Then a stale reader cannot decide
 * anything.
 */
export function stampedCheck(check: RowWrite, fence: Fence): RowWrite {
  return { ...check, ...merged(check, fence, Object.keys(check.Key ?? {})) };
}

/** The condition and its placeholders; ALL_OLD tells a stale token from the user's own condition. */
function merged(write: RowWrite, fence: Fence, keys: readonly string[]) {
  const stem = stemOf(write);
  const names: Record<string, string> = { [`#${stem}Fence`]: fence.stampAttribute };
  // Absent: no fenced write has touched this row. Equal: this leader wrote it, or this is a retry.
  const admitted = `attribute_not_exists(#${stem}Fence) OR #${stem}Fence <= :${stem}Token`;
  const own = write.ConditionExpression;
  const condition =
    own === undefined
      ? admitted
      : `${userPart(own, { write, fence, keys, names })} AND (${admitted})`;
  return {
    ConditionExpression: condition,
    ExpressionAttributeNames: { ...write.ExpressionAttributeNames, ...names },
    ExpressionAttributeValues: {
      ...write.ExpressionAttributeValues,
      [`:${stem}Token`]: fence.tokenValue,
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/**
 * The user's condition, in which a tombstone counts as no row. A tombstone has only the user's key
 * attributes. So only a condition that names a key attribute needs a second reading, in which the
 * key is absent too.
 */
function userPart(
  own: string,
  context: {
    readonly write: RowWrite;
    readonly fence: Fence;
    readonly keys: readonly string[];
    readonly names: Record<string, string>;
  },
): string {
  const { write, fence, names } = context;
  const stem = stemOf(write);
  const named = attributesIn(own, write.ExpressionAttributeNames);
  const keys = new Set(context.keys.filter((key) => named.has(key)));
  if (keys.size === 0 || !keepsTombstones(fence, write.TableName)) return parenthesized(own);
  const asIfAbsent = replacePaths(own, {
    names: write.ExpressionAttributeNames ?? {},
    attributes: keys,
    replacement: (distinct) => {
      names[`#${stem}Absent${distinct}`] = `${fence.tombstoneAttribute}:absent:${distinct}`;
      return `#${stem}Absent${distinct}`;
    },
  });
  const mark = `#${stem}Tombstone`;
  names[mark] = fence.tombstoneAttribute;
  return (
    `(attribute_not_exists(${mark}) AND ${parenthesized(own)} ` +
    `OR attribute_exists(${mark}) AND ${parenthesized(asIfAbsent)})`
  );
}

function stemOf(write: RowWrite): string {
  return freshStem(write.ExpressionAttributeNames, write.ExpressionAttributeValues);
}

/** A Put does not say which attributes are its key; a key is of type S, N or B and in the item. */
function keyCandidates(item: Row): readonly string[] {
  return Object.entries(item)
    .filter(([, value]) => 'S' in value || 'N' in value || 'B' in value)
    .map(([name]) => name);
}

function refuseLegacy(write: object): void {
  const used = LEGACY.filter((name) => (write as Record<string, unknown>)[name] !== undefined);
  if (used.length === 0) return;
  throw new NotFenceableError(
    `a fenced write takes expressions, got the legacy parameter ${used.join(', ')}; ` +
      'use ConditionExpression and UpdateExpression',
  );
}

function refuseOwnAttributes(written: readonly string[], fence: Fence): void {
  const own = written.find(
    (name) => name === fence.stampAttribute || name === fence.tombstoneAttribute,
  );
  if (own === undefined) return;
  throw new NotFenceableError(
    `attribute "${own}" belongs to the fence and is written by it alone; leave it out of the write, ` +
      "or name the fence's attribute differently with stampAttribute or tombstoneAttribute",
  );
}
