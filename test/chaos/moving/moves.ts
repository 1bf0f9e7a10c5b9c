/**
 * The moves that are played: from what, to what, and what each needs before its first program starts.
 */
import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseTable } from '../../../lib/dynamodb/index.ts';
import { clientConfigFor } from '../../support/dynamodb.ts';
import { installLockClients } from '../../tools/locks.ts';
import { type Arena, openArena } from '../workers/arena.ts';
import { LOCK_KEY, TIMINGS, type Way } from '../workers/ways.ts';

export interface Move {
  readonly name: string;
  open(endpoint: string): Promise<Moving>;
}

/** A move that may begin. */
export interface Moving {
  readonly arena: Arena;
  readonly from: Way;
  readonly to: Way;
}

export const MOVES: readonly Move[] = [
  {
    name: 'from a lease to a baton',
    async open(endpoint) {
      const arena = await openArena('baton', endpoint);
      return { arena, from: leaseIn(arena, endpoint), to: arena.way };
    },
  },
  {
    name: 'from a baton to a lease',
    async open(endpoint) {
      const arena = await openArena('baton', endpoint);
      return { arena, from: arena.way, to: leaseIn(arena, endpoint) };
    },
  },
  {
    name: 'from one table to another',
    async open(endpoint) {
      const arena = await openArena('lease', endpoint);
      const tableName = `chaos-${randomUUID()}`;
      await withClient(endpoint, (client) => createLeaseTable(client, tableName));
      return { arena, from: { via: 'lease', endpoint, tableName }, to: arena.way };
    },
  },
  {
    name: 'from the npm package dynamodb-lock-client to a lease',
    async open(endpoint) {
      await installLockClients();
      const arena = await openArena('lease', endpoint);
      const tableName = `locks-${randomUUID()}`;
      await withClient(endpoint, (client) => createLockTable(client, tableName));
      return { arena, from: { via: 'npm lock', endpoint, tableName }, to: arena.way };
    },
  },
];

/**
 * The longest that nobody leads after a crash: the dead leader's lease, from its last renewal, and a standby's look
 * at it. A bridge waits for the old lock first, and then observes the new role for its lease.
 */
export function failOverMs(ways: readonly Way[]): number {
  return ways.reduce((sum, { via }) => {
    const { leaseDurationMs, renewIntervalMs } = TIMINGS[via];
    return sum + leaseDurationMs + 2 * renewIntervalMs;
  }, 0);
}

function leaseIn({ tableName }: Arena, endpoint: string): Way {
  return { via: 'lease', endpoint, tableName };
}

async function withClient(endpoint: string, act: (client: DynamoDBClient) => Promise<unknown>) {
  const client = new DynamoDBClient(clientConfigFor(endpoint));
  await act(client).finally(() => client.destroy());
}

function createLockTable(client: DynamoDBClient, TableName: string) {
  const table = new CreateTableCommand({
    ...{ TableName, BillingMode: 'PAY_PER_REQUEST' },
    AttributeDefinitions: [{ AttributeName: LOCK_KEY, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: LOCK_KEY, KeyType: 'HASH' }],
  });
  return client.send(table);
}
