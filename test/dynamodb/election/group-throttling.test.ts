/** A group whose table throttles one key: a write that a batch leaves out fails for that partition alone. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { createGroupStore, dynamoDbGroup, recordKeyOf } from '../../../lib/dynamodb/index.ts';
import { createGroup, groupOperator } from '../../../lib/index.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { scriptedDynamoDb } from '../../support/network/scripted-dynamodb.ts';
import { until } from '../../support/until.ts';

const GROUP = 'orders';
const { signal } = new AbortController();

async function prepare() {
  const table = await freshTable();
  const scripted = await scriptedDynamoDb(table.endpoint);
  const { tableName } = table;
  const clientConfig = { ...table.clientConfig, endpoint: scripted.endpoint };
  const client = new DynamoDBClient({ ...clientConfig, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await scripted[Symbol.asyncDispose]();
    table[Symbol.dispose]();
  });
  const via = dynamoDbGroup({ tableName, clientConfig });
  await groupOperator({ name: GROUP, via }).create({ partitions: 4 });
  const store = createGroupStore({ client, tableName, group: GROUP });
  /** The next read of records leaves this one unread. */
  const leaveUnread = (partition: number, found: readonly object[]) => {
    const { pk, sk } = recordKeyOf(GROUP, partition);
    const Keys = [{ pk: { S: pk }, sk: { S: sk } }];
    const body = { Responses: { [tableName]: found }, UnprocessedKeys: { [tableName]: { Keys } } };
    scripted.answerNext({ operation: 'BatchGetItem', status: 200, body });
  };
  return { table, scripted, via, store, leaveUnread };
}

const acquireOf = (partition: number, seenRevision: string) =>
  ({
    kind: 'acquire',
    ...{ partition, seenRevision, revision: `acquire ${partition}` },
    ...{ token: 1n, holder: 'me', leaseDurationMs: 10_000 },
  }) as const;

test('a record that a read leaves unread is unknown, and the others are found', async () => {
  const { table, store, leaveUnread } = await prepare();
  const { pk, sk } = recordKeyOf(GROUP, 0);
  const first = await table.stored({ pk: { S: pk }, sk: { S: sk } });
  leaveUnread(1, [first ?? {}]);

  const sighting = await store.read({ kind: 'records', partitions: [0, 1, 2] }, { signal });

  expect(sighting).toMatchObject({
    kind: 'records',
    records: [{ partition: 0, token: 0n }, { kind: 'unknown', permanent: false }, undefined],
  });
});

test('an acquire that its key has no capacity for is unknown, and the others of its batch are granted', async () => {
  const { scripted, store } = await prepare();
  const found = await store.read({ kind: 'records', partitions: [0, 1] }, { signal });
  if (found.kind !== 'records') return expect.unreachable();
  const writes = found.records.map((record, partition) => {
    if (record === undefined || 'kind' in record) throw new Error('no record');
    return acquireOf(partition, record.revision);
  });
  const throttled = { Error: { Code: 'ThrottlingError', Message: 'the key is busy' } };
  const body = { Responses: [{}, throttled] };
  scripted.answerNext({ operation: 'BatchExecuteStatement', status: 200, body });

  expect((await store.writeRecords(writes, { signal })).map(({ kind }) => kind)).toEqual([
    'granted',
    'unknown',
  ]);
});

test('a batch that is throttled as a whole is unknown for each of its partitions', async () => {
  const { scripted, store } = await prepare();
  const __type = 'com.amazonaws.dynamodb.v20120810#ThrottlingException';
  scripted.answerNext({ operation: 'BatchExecuteStatement', body: { __type, message: 'busy' } });
  const writes = [acquireOf(0, 'r0'), acquireOf(1, 'r1')];
  expect(await store.writeRecords(writes, { signal })).toMatchObject([
    { kind: 'unknown', permanent: false },
    { kind: 'unknown', permanent: false },
  ]);
});

test('a member leads the partition of a throttled key as soon as it is read', async () => {
  const { table, scripted, via, leaveUnread } = await prepare();
  const stored = [0, 1, 3].map((partition) => {
    const { pk, sk } = recordKeyOf(GROUP, partition);
    return table.stored({ pk: { S: pk }, sk: { S: sk } });
  });
  leaveUnread(
    2,
    (await Promise.all(stored)).map((item) => item ?? {}),
  );
  const timings = { leaseDurationMs: 60_000, renewIntervalMs: 3_000 };
  const group = createGroup({ name: GROUP, partitions: 4, via, timings });
  const stop = new AbortController();
  const left = group.leadWhile(
    (term) =>
      new Promise<void>((resolve) => term.signal.addEventListener('abort', () => resolve())),
    { signal: stop.signal },
  );
  await until(() => group.leading().size === 4);
  expect(scripted.operations.filter((name) => name === 'BatchGetItem').length).toBeGreaterThan(1);
  stop.abort();
  await left;
});
