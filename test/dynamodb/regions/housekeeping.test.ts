/**
 * What the leader deletes on a table without TTL: rows that have expired, a page after each renewal,
 * and never the record or the newest history row.
 */
import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { withDefaults } from '../../../lib/core/time/timing.ts';
import {
  candidateSortKeyOf,
  LEASE_SORT_KEY,
  type MultiRegionLeaseOptions,
  multiRegionLease,
  partitionKeyOf,
  TTL_ATTRIBUTE,
  termSortKeyOf,
} from '../../../lib/dynamodb/index.ts';
import { createElection, type JournalEvent } from '../../../lib/index.ts';
import { scriptedDynamoDb } from '../../support/network/scripted-dynamodb.ts';
import { tableOfFile } from '../../support/table-of-file.ts';
import { until } from '../../support/until.ts';

const table = await tableOfFile();
const { signal } = new AbortController();
const HOUR_MS = 3_600_000;
const NOW_MS = 1_767_225_600_000;

/** A leader of `election`, whose wall clock the test sets by each renewal. */
async function leaderOf(election: string, options: MultiRegionLeaseOptions = {}) {
  const { tableName, clientConfig } = table;
  const via = multiRegionLease({ tableName, clientConfig, ...options });
  const events: JournalEvent[] = [];
  const journal = { record: (event: JournalEvent) => void events.push(event) };
  const timings = withDefaults({});
  const store = via.open({ name: election, timings, journal });
  const tenancy = { holder: 'leader', token: 1n, ...timings };
  let revision = 'r0';
  await store.write(
    { kind: 'first-acquire', revision, renewedAtEpochMs: NOW_MS, ...tenancy },
    { signal },
  );
  return {
    events,
    async renew(renewedAtEpochMs: number) {
      const confirmedRevision = revision;
      revision = `r${Number(revision.slice(1)) + 1}`;
      const write = { kind: 'renew', state: 'leading', confirmedRevision, revision } as const;
      const outcome = await store.write({ ...write, renewedAtEpochMs, ...tenancy }, { signal });
      expect(outcome.kind).toBe('granted');
    },
  };
}

async function put(election: string, sk: string, expiresAtMs?: number): Promise<void> {
  const row = { pk: { S: partitionKeyOf(election) }, sk: { S: sk } };
  const Item =
    expiresAtMs === undefined
      ? row
      : { ...row, [TTL_ATTRIBUTE]: { N: String(expiresAtMs / 1_000) } };
  await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
}

async function rowsOf(election: string): Promise<readonly string[]> {
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: partitionKeyOf(election) } },
      ConsistentRead: true,
    }),
  );
  return Items.map(({ sk }) => sk?.S ?? '');
}

it('deletes what has expired, and neither the record nor a row without an expiry', async () => {
  const [living, dead] = [candidateSortKeyOf('living'), candidateSortKeyOf('dead')];
  const [old, recent, newest] = [1n, 2n, 3n].map(termSortKeyOf) as [string, string, string];
  await put('house', dead, NOW_MS - 1_000);
  await put('house', living, NOW_MS + HOUR_MS);
  await put('house', old, NOW_MS - 1_000);
  await put('house', recent, NOW_MS + HOUR_MS);
  await put('house', newest);
  const leader = await leaderOf('house');

  await leader.renew(NOW_MS);

  await until(async () => !(await rowsOf('house')).includes(old), { what: 'the deletion' });
  expect(await rowsOf('house')).toEqual([living, LEASE_SORT_KEY, recent, newest]);
  expect(leader.events).toEqual([]);
});

it('looks at a page after each renewal, then waits an hour', async () => {
  const expired = Array.from({ length: 30 }, (_, n) => candidateSortKeyOf(String(100 + n)));
  await Promise.all(expired.map((sk) => put('crowded', sk, NOW_MS - 1_000)));
  await using dynamoDb = await scriptedDynamoDb(table.endpoint);
  const clientConfig = { ...table.clientConfig, endpoint: dynamoDb.endpoint };
  const leader = await leaderOf('crowded', { clientConfig });
  const left = async () => (await rowsOf('crowded')).length - 1;
  const renewUntilEmpty = (atMs: number) =>
    until(
      async () => {
        await leader.renew(atMs);
        return (await left()) === 0;
      },
      { what: 'the end of a walk' },
    );

  await renewUntilEmpty(NOW_MS);
  await leader.renew(NOW_MS);
  const passes = dynamoDb.operations.join(' ').split('Query').slice(1);
  const deletions = passes.map((pass) => pass.split('DeleteItem').length - 1);
  expect(deletions.reduce((sum, count) => sum + count, 0)).toBe(30);
  expect(Math.max(...deletions)).toBe(25);

  await put('crowded', candidateSortKeyOf('late'), NOW_MS - 1_000);
  const before = dynamoDb.operations.length;
  await leader.renew(NOW_MS + HOUR_MS - 1);
  await leader.renew(NOW_MS + HOUR_MS - 1);
  const early = dynamoDb.operations.slice(before).filter((operation) => operation === 'DeleteItem');
  expect(early).toEqual([]);
  await renewUntilEmpty(NOW_MS + HOUR_MS);
});

it('deletes nothing where it was told so', async () => {
  await put('kept', candidateSortKeyOf('dead'), NOW_MS - 1_000);
  await using dynamoDb = await scriptedDynamoDb(table.endpoint);
  const clientConfig = { ...table.clientConfig, endpoint: dynamoDb.endpoint };
  const leader = await leaderOf('kept', { clientConfig, deleteRows: false });
  await leader.renew(NOW_MS);
  await leader.renew(NOW_MS);
  expect(dynamoDb.operations).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem']);
});

it('tells of a permission that is missing, and renews all the same', async () => {
  await using dynamoDb = await scriptedDynamoDb(table.endpoint);
  const refusal = { __type: 'AccessDeniedException', Message: 'not authorized: dynamodb:Query' };
  dynamoDb.answerNext({ operation: 'Query', body: refusal });
  const clientConfig = { ...table.clientConfig, endpoint: dynamoDb.endpoint };
  const leader = await leaderOf('refused', { clientConfig });
  await leader.renew(NOW_MS);
  await until(() => leader.events.length > 0, { what: 'the event' });
  expect(leader.events).toMatchObject([
    {
      event: 'error',
      election: 'refused',
      candidateId: 'leader',
      error: { code: 'ACCESS_DENIED' },
    },
  ]);
  await leader.renew(NOW_MS + 3_000);
});

it('leaves a lease of 20 s by default, and refuses an attempt shorter than three round trips', async () => {
  const { tableName, clientConfig } = table;
  const electionWith = (leaseDurationMs?: number, roundTripMs?: number) =>
    createElection({
      name: 'timed',
      via: multiRegionLease({ tableName, clientConfig, roundTripMs }),
      timings: leaseDurationMs === undefined ? {} : { leaseDurationMs },
    });

  expect(electionWith().timings).toMatchObject({
    leaseDurationMs: 20_000,
    renewIntervalMs: 6_000,
    writeTimeoutMs: 1_000,
    roundTripMs: 100,
    announceMs: 6_200,
  });
  expect(electionWith(3_000).timings).toMatchObject({ writeTimeoutMs: 300 });
  expect(() => electionWith(2_900)).toThrow(
    'writeTimeoutMs must be at least 3 times roundTripMs (300), got 290; raise writeTimeoutMs or leaseDurationMs',
  );
  expect(() => electionWith(undefined, 0)).toThrow(
    'roundTripMs of multiRegionLease must be a number of milliseconds above 0, got 0',
  );
});

it('keeps the record where a term was led to its end', async () => {
  const { tableName, clientConfig, client } = table;
  const events: JournalEvent[] = [];
  const election = createElection({
    name: 'whole',
    via: multiRegionLease({ tableName, clientConfig }),
    // Long enough not to lapse on a busy machine, and renewed soon.
    timings: { leaseDurationMs: 60_000, renewIntervalMs: 300, writeTimeoutMs: 10_000 },
    journal: { record: (event) => void events.push(event) },
  });
  await election.lead(async () => {
    const renewals = () => events.filter(({ event }) => event === 'renewed').length;
    await until(() => renewals() > 1, { what: 'the second renewal' });
  });
  const Key = { pk: { S: partitionKeyOf('whole') }, sk: { S: LEASE_SORT_KEY } };
  const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key }));
  expect(Item?.token).toEqual({ N: '1' });
  expect(events.filter(({ event }) => event === 'error')).toEqual([]);
});
