/**
 * The ledger: what the leader writes, one append after another to one row, each with its token.
 *
 * Decides how an entry is written and what a loss is. The fence is the library's: this client is an
 * ordinary one until `fenced()` makes it refuse a stale leader. One row, so that the first write of a
 * new leader raises the stamp for all that follow.
 */
import {
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { fenced } from '../lib/dynamodb/index.ts';
import type { Term } from '../lib/index.ts';

const KEY = { id: { S: 'ledger' } };

export interface LedgerEntry {
  readonly id: string;
  readonly token: string;
}

export async function createLedger(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName: tableName });
}

const APPEND = {
  UpdateExpression: 'SET entries = list_append(if_not_exists(entries, :none), :entry)',
};
const REPLACE = { UpdateExpression: 'SET entries = :entry' };

/** Appends as the leader of a term. Resolves once the write is acknowledged. */
export function appender(options: {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly term: Term;
  readonly keeps: 'all' | 'last';
}): (id: string) => Promise<void> {
  const { client, tableName, term, keeps } = options;
  const safe = fenced(client, term);
  const token = String(term.token);
  return async (id) => {
    const entry = { M: { id: { S: id }, token: { S: token } } };
    await safe.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: KEY,
        ...(keeps === 'all' ? APPEND : REPLACE),
        ExpressionAttributeValues: {
          ...(keeps === 'all' && { ':none': { L: [] } }),
          ':entry': { L: [entry] },
        },
      }),
    );
  };
}

/** What the ledger holds, in the order in which it was admitted. */
export async function readLedger(
  client: DynamoDBClient,
  tableName: string,
): Promise<readonly LedgerEntry[]> {
  const get = new GetItemCommand({ TableName: tableName, Key: KEY, ConsistentRead: true });
  const { Item } = await client.send(get);
  return (Item?.entries?.L ?? []).map(({ M }) => ({
    id: M?.id?.S ?? '',
    token: M?.token?.S ?? '',
  }));
}

export interface Audit {
  /** Entries that the ledger holds. */
  readonly admitted: number;
  /** Writes that the fence refused. */
  readonly refused: number;
  /** Writes that were acknowledged to a leader and are not in the ledger. */
  readonly lost: number;
  /** Entries that stand after one with a higher token. */
  readonly outOfOrder: number;
}

/** Compares what leaders were told with what the ledger holds. */
export function audit(found: {
  entries: readonly LedgerEntry[];
  acknowledged: readonly string[];
  refused: number;
}): Audit {
  const { entries, acknowledged, refused } = found;
  const held = new Set(entries.map(({ id }) => id));
  const tokens = entries.map(({ token }) => BigInt(token));
  return {
    admitted: entries.length,
    refused,
    lost: acknowledged.filter((id) => !held.has(id)).length,
    outOfOrder: tokens.filter((token, n) => n > 0 && token < (tokens[n - 1] ?? 0n)).length,
  };
}
