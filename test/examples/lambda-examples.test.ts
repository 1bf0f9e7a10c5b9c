import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Context, KinesisStreamEvent, ScheduledEvent } from 'aws-lambda';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { createElection } from '../../lib/index.ts';
import { environmentFor, type FreshTable, freshTable } from '../support/dynamodb.ts';

let table: FreshTable;
const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

beforeAll(async () => {
  table = await freshTable();
  // What the deployment sets; the examples read it when they are loaded.
  for (const [name, value] of Object.entries(environmentFor(table.endpoint)))
    vi.stubEnv(name, value);
  for (const name of ['TENURE_TABLE', 'REPORTS_TABLE', 'TOTALS_TABLE']) {
    vi.stubEnv(name, table.tableName);
  }
});

/** The example, as `LeaderFunction` would start it for this election. */
function deployed<T>(election: string, load: () => Promise<T>): Promise<T> {
  vi.stubEnv('TENURE_ELECTION', election);
  return load();
}

const cron = () => deployed('nightly-report', () => import('../../examples/cron/index.ts'));
const streamProcessor = () =>
  deployed('order-totals', () => import('../../examples/stream-processor/index.ts'));

async function row(pk: string, sk: string) {
  const { Item } = await table.client.send(
    new GetItemCommand({
      TableName: table.tableName,
      Key: { pk: { S: pk }, sk: { S: sk } },
      ConsistentRead: true,
    }),
  );
  return Item;
}

/** Another candidate leads until the result is disposed. */
async function otherLeader(name: string) {
  const via = dynamoDbLease({
    clientConfig: table.client.config as never,
    tableName: table.tableName,
  });
  return createElection({ name, via }).campaign();
}

describe('the scheduled cron', () => {
  const night = (time: string) => ({ source: 'aws.events', time }) as ScheduledEvent;

  test('makes each night’s report once, though its schedule delivers twice and late', async () => {
    const { handler } = await cron();
    expect(await handler(night('2026-03-01T02:00:00Z'), context)).toBe(
      'made the report of 2026-03-01',
    );
    expect(await handler(night('2026-03-01T02:00:00Z'), context)).toContain('is made');
    expect(await handler(night('2026-03-02T02:00:00Z'), context)).toBe(
      'made the report of 2026-03-02',
    );
    expect(await handler(night('2026-03-01T02:00:00Z'), context)).toContain('is made');
    expect((await row('nightly-report', '2026-03-02'))?.madeAt?.S).toBe('2026-03-02T02:00:00Z');
  });

  test('leaves the night to the invocation that is at it', async () => {
    const { handler } = await cron();
    await using _ = await otherLeader('nightly-report');
    expect(await handler(night('2026-03-03T02:00:00Z'), context)).toBe(
      'another invocation is at it',
    );
  });
});

describe('the stream processor', () => {
  const batch = (shard: string, ...orders: (readonly [sequence: number, cents: number])[]) =>
    ({
      Records: orders.map(([sequence, cents]) => ({
        eventSource: 'aws:kinesis',
        eventID: `shardId-${shard}:${sequence}`,
        kinesis: {
          sequenceNumber: `${sequence}`,
          data: Buffer.from(JSON.stringify({ cents })).toString('base64'),
        },
      })),
    }) as KinesisStreamEvent;
  const totals = async () =>
    JSON.parse((await row('order-totals', 'totals'))?.checkpoint?.S ?? '{}');

  test('adds each record up once, though a batch comes twice', async () => {
    const { handler } = await streamProcessor();
    const done = { batchItemFailures: [] };
    expect(await handler(batch('a', [10, 100], [11, 50]), context)).toEqual(done);
    expect(await handler(batch('b', [5, 7]), context)).toEqual(done);
    expect(await handler(batch('a', [10, 100], [11, 50], [12, 1]), context)).toEqual(done);
    expect(await totals()).toEqual({ cents: 158, lastOf: { 'shardId-a': '12', 'shardId-b': '5' } });
  });

  test('hands a batch back whole where another leads', async () => {
    const { handler } = await streamProcessor();
    const before = await totals();
    await using _ = await otherLeader('order-totals');
    expect(await handler(batch('a', [13, 100], [14, 100]), context)).toEqual({
      batchItemFailures: [{ itemIdentifier: '13' }, { itemIdentifier: '14' }],
    });
    expect(await totals()).toEqual(before);
  });

  test('a stale writer’s sum is refused: the row holds the token of the leader', async () => {
    const { handler } = await streamProcessor();
    const raised = { ...(await row('order-totals', 'totals')), fencingToken: { N: '1000000' } };
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item: raised }));
    await expect(handler(batch('a', [20, 1]), context)).rejects.toMatchObject({
      code: 'STALE_TOKEN',
    });
  });
});
