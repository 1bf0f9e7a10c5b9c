/**
 * The statements that the grants render, against every call that the library really makes: nothing
 * missing, nothing to spare.
 */
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, test } from 'vitest';
import { withDefaults } from '../../../lib/core/time/timing.ts';
import {
  checkLeaseTable,
  createLeaseStore,
  dynamoDbLease,
  fenced,
  inBatches,
  multiRegionLease,
  partitionKeyOf,
  TTL_ATTRIBUTE,
} from '../../../lib/dynamodb/index.ts';
import { createElection } from '../../../lib/index.ts';
import { leaseStoreContract } from '../../contract/lease-store.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { until } from '../../support/until.ts';
import { expectExactly, rendered } from './granted.ts';
import { isAllowed } from './iam.ts';
import { recordedTable } from './recorded-table.ts';

const { table, client, calls, callsOf } = await recordedTable();

const { signal } = new AbortController();
const storeOf = (election: string) =>
  createLeaseStore({ client, tableName: table.tableName, election, historyDays: 30 });

function electionOf(name: string) {
  return createElection({ name, via: dynamoDbLease({ client, tableName: table.tableName }) });
}

describe('a candidate', () => {
  const elections: string[] = [];

  describe('in the contract suite', () => {
    leaseStoreContract(async (election) => {
      elections.push(election);
      return storeOf(election);
    });
  });

  it('may make every call of the contract suite, and no right of it is idle', () => {
    expect(elections.length).toBeGreaterThan(5);
    expectExactly(rendered('grantCandidate', ...elections), calls);
  });

  it('may make every call of a whole term, its history included', async () => {
    const calls = await callsOf(() => electionOf('whole term').lead(async () => 'done'));
    expectExactly(rendered('grantCandidate', 'whole term'), calls);
  });

  it('can touch no other election, and nothing where no election is named', async () => {
    const calls = await callsOf(() => electionOf('orders').lead(async () => 'done'));
    const others = rendered('grantCandidate', 'order', 'orders2', 'or*rs', 'orders?');
    expect(calls.filter((call) => isAllowed(others, call))).toEqual([]);
    const own = rendered('grantCandidate', 'orders');
    expect(calls.filter(({ action }) => isAllowed(own, { action }))).toEqual([]);
  });

  it('can touch the election of its name where the name looks like a pattern or variable', async () => {
    const name = 'all*?$' + '{aws:username}';
    const calls = await callsOf(() => electionOf(name).lead(async () => 'done'));
    expectExactly(rendered('grantCandidate', name), calls);
  });

  it('covers every election that begins so, where a prefix is granted, and those that are named', async () => {
    const granted = rendered('grantCandidate', 'orders-*', 'all*?$', 'billing');
    const allowed = async (name: string) => {
      const calls = await callsOf(() => electionOf(name).lead(async () => 'done'));
      return calls.filter((call) => isAllowed(granted, call)).length / calls.length;
    };

    for (const name of ['orders-eu', 'orders-', 'all*?$', 'billing']) {
      expect([name, await allowed(name)]).toEqual([name, 1]);
    }
    for (const name of ['orders', 'all-orders-', 'allx?$', 'billing-2']) {
      expect([name, await allowed(name)]).toEqual([name, 0]);
    }
  });

  it('is refused for more elections than fit into the policies of a role', () => {
    const names = (count: number) =>
      Array.from({ length: count }, (_, n) => `orders-of-tenant-${n}`);

    expect(() => rendered('grantCandidate', ...names(200))).not.toThrow();
    expect(() => rendered('grantCandidate', ...names(400))).toThrow(
      /must take at most 9000 characters .*got \d+ with these 400 elections; grant a prefix such as 'orders-\*'/,
    );
  });

  test.each(['DeleteItem', 'PutItem', 'BatchWriteItem', 'Scan', 'ConditionCheckItem'])(
    'may not %s',
    (operation) => {
      const leadingKeys = [partitionKeyOf('orders')];
      const call = { action: `dynamodb:${operation}`, leadingKeys };
      expect(isAllowed(rendered('grantCandidate', 'orders'), call)).toBe(false);
    },
  );
});

describe('the other roles', () => {
  it('an observer may read the record and what is left of a lost one, and write nothing', async () => {
    const calls = await callsOf(async () => {
      await storeOf('watched').read({ consistency: 'eventual', signal });
      await storeOf('watched').read({ consistency: 'strong', signal });
    });
    expectExactly(rendered('grantObserve', 'watched'), calls);
  });

  it('an operator may make the three writes and look at the table', async () => {
    const store = storeOf('operated');
    const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
    const calls = await callsOf(async () => {
      await store.read({ consistency: 'strong', signal });
      await store.write({ kind: 'reseed', revision: 'r1', token: 7n, ...timings }, { signal });
      await store.write({ kind: 'depose', seenRevision: 'r1', revision: 'r2' }, { signal });
      const wish = { kind: 'request-resign', seenHolder: 'a', seenToken: 7n } as const;
      await store.write({ ...wish, revision: 'r3' }, { signal });
      await checkLeaseTable(client, table.tableName);
    });
    const statements = rendered('grantOperate', 'operated');
    // `tenure doctor` asks for the TTL attribute too.
    expectExactly(statements, [...calls, { action: 'dynamodb:DescribeTimeToLive' }]);
  });

  it('the word that a task has stopped may end its lease', async () => {
    const store = storeOf('stopped');
    const calls = await callsOf(async () => {
      await store.read({ consistency: 'eventual', signal });
      const write = { kind: 'end-stopped', seenHolder: 'a', seenRevision: 'r1' } as const;
      await store.write({ ...write, revision: 'r2' }, { signal });
    });
    expectExactly(rendered('grantTaskStopped', 'stopped'), calls);
  });

  it('renewals in batches take a right of their own, on the elections that they renew', async () => {
    const via = dynamoDbLease({ client, tableName: table.tableName, batchRenewals: inBatches() });
    const timings = withDefaults({});
    const journal = { record: () => undefined };
    const store = via.open({ name: 'batched', timings, journal });
    const tenancy = { holder: 'a', token: 1n, renewedAtEpochMs: 1_000, ...timings };
    await store.write({ kind: 'first-acquire', revision: 'r1', ...tenancy }, { signal });
    const renewal = { kind: 'renew', confirmedRevision: 'r1', revision: 'r2' } as const;
    const calls = await callsOf(() =>
      store.write({ ...renewal, state: 'leading', ...tenancy }, { signal }),
    );
    expectExactly(rendered('grantBatchRenewals', 'batched'), calls);
    expect(calls.filter((call) => isAllowed(rendered('grantCandidate', 'batched'), call))).toEqual(
      [],
    );
  });

  it('housekeeping takes a right of its own, and deletes rows of its election alone', async () => {
    const row = { pk: { S: partitionKeyOf('kept') }, sk: { S: 'candidate#dead' } };
    const Item = { ...row, [TTL_ATTRIBUTE]: { N: '1' } };
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
    const via = multiRegionLease({ client, tableName: table.tableName });
    const timings = withDefaults({});
    const store = via.open({ name: 'kept', timings, journal: { record: () => undefined } });
    const tenancy = { holder: 'a', token: 1n, renewedAtEpochMs: 5_000, ...timings };
    await store.write({ kind: 'first-acquire', revision: 'r1', ...tenancy }, { signal });
    const renewal = { kind: 'renew', confirmedRevision: 'r1', revision: 'r2' } as const;
    const calls = await callsOf(async () => {
      await store.write({ ...renewal, state: 'leading', ...tenancy }, { signal });
      await until(async () => (await table.stored(row)) === undefined, { what: 'the deletion' });
    });
    const ofHouse = calls.filter(({ action }) => action !== 'dynamodb:UpdateItem');
    expectExactly(rendered('grantHousekeeping', 'kept'), ofHouse);
    const others = rendered('grantHousekeeping', 'orders');
    expect(calls.filter((call) => isAllowed(others, call))).toEqual([]);
  });

  it('a lease-checked write takes a right of its own, on the record alone', async () => {
    await using term = await electionOf('checked').campaign();
    const own = await freshTable();
    const write = new UpdateItemCommand({
      TableName: own.tableName,
      Key: { pk: { S: 'a' }, sk: { S: 'b' } },
      UpdateExpression: 'SET #x = :x',
      ExpressionAttributeNames: { '#x': 'x' },
      ExpressionAttributeValues: { ':x': { S: 'y' } },
    });
    const calls = await callsOf(() => fenced(client, term, { check: 'lease' }).send(write));
    const checks = calls.filter(
      ({ leadingKeys }) => leadingKeys?.[0] === partitionKeyOf('checked'),
    );
    own[Symbol.dispose]();
    expectExactly(rendered('grantLeaseCheck', 'checked'), checks);
  });
});
