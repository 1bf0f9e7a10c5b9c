/**
 * Deletes the rows of an election that have expired, on a table where DynamoDB does not do so: a table
 * that is strongly consistent across Regions has no TTL.
 *
 * Decides when the leader looks at rows, and at how many. Which rows may go is decided where they are
 * written: a row that carries the TTL attribute, and so never the record or the newest history row. The
 * condition of each deletion demands it again. No decision about safety rests on any of this.
 */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { LeaseWrite, Renew } from '../../core/lease/record.ts';
import type { LeaseStore } from '../../ports.ts';
import { isConditionFailure } from '../election/answers.ts';
import { nameIn, namesOf } from '../table/attribute-names.ts';
import type { RowsOfElection } from '../table/rows-query.ts';
import { partitionKeyOf } from '../table/schema.ts';

export interface Housekeeping extends RowsOfElection {
  /** Of its own, so that no renewal waits for a connection. */
  readonly client: () => DynamoDBClient;
  /** Told of a failure. The next walk tries again. */
  readonly failed: (error: unknown, candidateId: string) => void;
}

/** Rows of candidates expire after hours, and those of terms after days. */
const WALK_EVERY_MS = 3_600_000;
/** Rows that one pass looks at, and deletes at most: about ten read units, and as many write units. */
const ROWS_PER_PASS = 25;
/** A pass that hangs keeps no process alive for longer. */
const PASS_MS_MAX = 30_000;

type Key = Record<string, AttributeValue>;

/**
 * The same store, whose leader walks through the rows of its election once an hour: a page after each
 * renewal that was granted, until the last. No call waits for it, and what ends the term ends a pass.
 */
export function keepHouse<Write extends LeaseWrite>(
  store: LeaseStore<Write>,
  of: Housekeeping,
): LeaseStore<Write> {
  let present: AbortController | undefined;
  let walk: Walk = { begunAtEpochMs: Number.NEGATIVE_INFINITY, from: undefined, isOver: true };

  async function pass({ renewedAtEpochMs, holder }: Renew): Promise<void> {
    // The wall clock may be set back, and must not put the next walk off by as much.
    const isDue = Math.abs(renewedAtEpochMs - walk.begunAtEpochMs) >= WALK_EVERY_MS;
    if (present !== undefined || (walk.isOver && !isDue)) return;
    if (walk.isOver) walk = { begunAtEpochMs: renewedAtEpochMs, from: undefined, isOver: false };
    present = new AbortController();
    const signal = AbortSignal.any([present.signal, AbortSignal.timeout(PASS_MS_MAX)]);
    try {
      const { from } = walk;
      const next = await deletePage(of, { from, nowEpochMs: renewedAtEpochMs, signal });
      walk = { ...walk, from: next, isOver: next === undefined };
    } catch (error) {
      // A pass that took too long, or that the end of a term cut short, goes on with its page.
      if (signal.aborted) return;
      walk = { ...walk, isOver: true };
      of.failed(error, holder);
    } finally {
      present = undefined;
    }
  }

  return {
    ...store,
    async write(write, how) {
      if (write.kind !== 'renew') present?.abort();
      const outcome = await store.write(write, how);
      if (write.kind === 'renew' && outcome.kind === 'granted') void pass(write).catch(() => {});
      return outcome;
    },
  };
}

interface Walk {
  readonly begunAtEpochMs: number;
  /** Where its next page begins; absent for the first. */
  readonly from: Key | undefined;
  readonly isOver: boolean;
}

interface Page {
  readonly from: Key | undefined;
  readonly nowEpochMs: number;
  readonly signal: AbortSignal;
}

/** Returns where the next page begins; `undefined` after the last. */
async function deletePage(of: Housekeeping, page: Page): Promise<Key | undefined> {
  const { tableName, election, attributeNames } = of;
  const client = of.client();
  const deadline = { abortSignal: page.signal };
  const past = { ':now': { N: String(Math.floor(page.nowEpochMs / 1_000)) } };
  // A row without the attribute does not pass: the record, and the newest history row.
  const isPast = '#ttl < :now';
  const expired = new QueryCommand({
    TableName: tableName,
    KeyConditionExpression: '#pk = :pk',
    FilterExpression: isPast,
    ExpressionAttributeNames: namesOf(`#pk${isPast}`, attributeNames),
    ExpressionAttributeValues: { ...past, ':pk': { S: partitionKeyOf(election) } },
    Limit: ROWS_PER_PASS,
    ExclusiveStartKey: page.from,
  });
  const { Items = [], LastEvaluatedKey } = await client.send(expired, deadline);
  for (const row of Items) {
    const names = ['pk', 'sk'].map((own) => nameIn(attributeNames, own));
    const deletion = new DeleteItemCommand({
      TableName: tableName,
      Key: Object.fromEntries(names.map((name) => [name, row[name]])) as Key,
      // The row may have been written again since it was read, by a candidate that is alive.
      ConditionExpression: isPast,
      ExpressionAttributeNames: namesOf(isPast, attributeNames),
      ExpressionAttributeValues: past,
    });
    await client.send(deletion, deadline).catch((error: unknown) => {
      if (!isConditionFailure(error)) throw error;
    });
  }
  return LastEvaluatedKey;
}
