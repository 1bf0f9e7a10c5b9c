/**
 * Rows in a table that was made for something else: its keys and its TTL attribute have other names.
 */
import { PutItemCommand, ScanCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { changeIn } from '../../../functions/leader-changes/change.ts';
import {
  checkLeaseTable,
  dynamoDbFence,
  dynamoDbGroup,
  dynamoDbLease,
  fenced,
  multiRegionLease,
  readCandidates,
  readHistory,
} from '../../../lib/dynamodb/index.ts';
import { fenceGuard } from '../../../lib/fence/index.ts';
import { createElection } from '../../../lib/index.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { STEADY_LEASE, startTenure } from '../../support/tenure.ts';
import { until } from '../../support/until.ts';

const NAMES = { pk: 'PK', sk: 'SK', ttl: 'ttl' };

async function theirTable() {
  const table = await freshTable(NAMES);
  onTestFinished(() => table[Symbol.dispose]());
  const { client, tableName: TableName } = table;
  const TimeToLiveSpecification = { AttributeName: NAMES.ttl, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  const Item = { PK: { S: 'ORDER#7' }, SK: { S: 'lease' }, total: { N: '12' } };
  await client.send(new PutItemCommand({ TableName, Item }));
  return {
    ...table,
    their: Item,
    rows: async () => (await client.send(new ScanCommand({ TableName }))).Items ?? [],
  };
}

test('a leader, its history and its candidates live beside other rows, by the table’s names', async () => {
  const { client, tableName, attributeNames, their, rows } = await theirTable();
  const via = dynamoDbLease({ client, tableName, attributeNames });
  const timings = { leaseDurationMs: 60_000, renewIntervalMs: 20_000 };
  const election = createElection({ name: 'orders', via, timings, registration: {} });

  await election.lead(async (term) => {
    const Item = { PK: { S: 'ORDER#8' }, SK: { S: 'order' } };
    const put = new PutItemCommand({ TableName: tableName, Item });
    await fenced(client, term, { check: 'lease' }).send(put);
  });

  const of = { client, tableName, attributeNames, election: 'orders' };
  expect(await readHistory(of)).toMatchObject([{ token: 1n, why: 'resigned' }]);
  expect(await readCandidates(of)).toMatchObject([]);
  const found = await rows();
  expect(found).toContainEqual(their);
  const keys = found.map(({ PK, SK }) => `${PK?.S} ${SK?.S?.replace(/(?<=#).*/, '…')}`);
  expect(keys.toSorted()).toEqual([
    'ORDER#7 lease',
    'ORDER#8 order',
    'election#orders candidate#…',
    'election#orders lease',
    'election#orders term#…',
  ]);
  expect(found.filter((row) => 'ttl' in row)).toHaveLength(1);
  await expect(checkLeaseTable(client, tableName)).rejects.toThrow('or its keys in attributeNames');
  expect((await checkLeaseTable(client, tableName, { attributeNames })).TableName).toBe(tableName);
});

test('a guard keeps its tokens there, and a mistyped name is refused', async () => {
  const { client, tableName, attributeNames } = await theirTable();
  const guard = fenceGuard({ store: dynamoDbFence({ client, tableName, attributeNames }) });
  await guard.admitOrThrow({ resource: 'printer', token: 2n });
  const late = guard.admitOrThrow({ resource: 'printer', token: 1n });
  await expect(late).rejects.toMatchObject({ highestToken: 2n });
  const mistyped = { PK: 'PK' } as never;
  for (const open of [dynamoDbLease, dynamoDbGroup]) {
    expect(() => open({ attributeNames: mistyped })).toThrow('option PK of attributeNames');
  }
});

test('a leader over several Regions deletes its own expired rows there, and no others', async () => {
  const { client, tableName, attributeNames, their, rows } = await theirTable();
  const expired = { PK: { S: 'election#orders' }, SK: { S: 'candidate#gone' }, ttl: { N: '1' } };
  await client.send(new PutItemCommand({ TableName: tableName, Item: expired }));
  const via = multiRegionLease({ client, tableName, attributeNames });

  await createElection({ name: 'orders', via }).lead(async (term) => {
    await term.ensure(19_000);
    const isGone = async () => !(await rows()).some(({ SK }) => SK?.S === 'candidate#gone');
    await until(isGone, { what: 'the deletion' });
  });

  expect(await rows()).toContainEqual(their);
});

test('a key that is called as an attribute of the record is refused, and named', async () => {
  const table = await freshTable({ sk: 'state' });
  onTestFinished(() => table[Symbol.dispose]());
  const { tableName, clientConfig, attributeNames } = table;
  const via = dynamoDbLease({ tableName, clientConfig, attributeNames });
  await expect(createElection({ name: 'x', via }).tryCampaign()).rejects.toThrow('state');
});

test('a change of leader is found in the stream of such a table', () => {
  const record = {
    dynamodb: {
      Keys: { PK: { S: 'election#orders' }, SK: { S: 'lease' } },
      NewImage: {
        ...{ formatVersion: { N: '1' }, revision: { S: 'r1' }, token: { N: '3' } },
        ...{ holder: { S: 'a' }, state: { S: 'leading' }, writtenBy: { S: 'acquire' } },
        ...{ leaseDurationMs: { N: '10000' }, renewIntervalMs: { N: '3000' } },
        renewedAtEpochMs: { N: '0' },
      },
    },
  };
  expect(changeIn(record, NAMES)).toMatchObject({ election: 'orders', change: 'elected' });
  expect(changeIn(record)).toBeUndefined();
});

test('the command line leads in such a table, looks at it and acts on it', async () => {
  const table = await theirTable();
  const env = { TENURE_ATTRIBUTE_NAMES: 'pk=PK,sk=SK,ttl=ttl' };
  const tenure = async (...args: string[]) => {
    const run = startTenure(args, table, { env });
    const { code } = await run.ended();
    return { code, text: run.stdout() + run.stderr() };
  };
  const options = ['--json', ...STEADY_LEASE];
  const leading = startTenure(['run', 'orders', ...options, '--', 'sleep', '600'], table, { env });
  await leading.event('elected');

  expect((await tenure('doctor', 'orders')).text).toContain('by ttl');
  expect((await tenure('elections')).text).toMatch(/^orders +leading/m);
  expect((await tenure('resign', 'orders')).code).toBe(0);
  expect((await tenure('groups', 'create', 'shards', '--partitions', '3')).code).toBe(0);
  expect((await tenure('groups', 'list')).text).toMatch(/^shards +3/m);
  expect((await tenure('partitions', 'shards')).text).toContain('0 of 3 are led');
  expect((await tenure('init', 'orders')).text).toContain('--attribute-names must be left out');
  expect((await tenure('status', 'orders', '--attribute-names', 'PK')).code).toBe(2);
});
