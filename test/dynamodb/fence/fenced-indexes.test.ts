/** Reads of every shape of index through a fence: what is projected decides what may be filtered. */
import {
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type Projection,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fenced } from '../../../lib/dynamodb/index.ts';
import { type FreshTable, freshTable } from '../../support/dynamodb.ts';
import { refusalOf, termOf } from '../../support/fencing-term.ts';
import { startFaultProxy } from '../../support/network/fault-proxy.ts';

const PROJECTIONS = {
  all: { ProjectionType: 'ALL' },
  keys: { ProjectionType: 'KEYS_ONLY' },
  some: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['amount'] },
  marked: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['fencingTokenTombstone'] },
} as const satisfies Record<string, object>;
type Shape = keyof typeof PROJECTIONS;
const SHAPES = Object.keys(PROJECTIONS) as readonly Shape[];

let fresh: FreshTable;
let client: DynamoDBClient;
const TableName = `indexed-${crypto.randomUUID()}`;

/** By an attribute of the user's, which a tombstone does not have; and by the table's keys, inverted. */
const indexes = (): GlobalSecondaryIndex[] =>
  SHAPES.flatMap((shape) => {
    const Projection: Projection = structuredClone(PROJECTIONS[shape]) as Projection;
    return [
      { IndexName: `by-state-${shape}`, KeySchema: hash('state'), Projection },
      { IndexName: `inverted-${shape}`, KeySchema: [...hash('sk'), range('pk')], Projection },
    ];
  });
const hash = (AttributeName: string) => [{ AttributeName, KeyType: 'HASH' as const }];
const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' as const });

beforeAll(async () => {
  fresh = await freshTable();
  client = fresh.client;
  await client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [...hash('pk'), range('sk')],
      AttributeDefinitions: ['pk', 'sk', 'state', 'at'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      GlobalSecondaryIndexes: indexes(),
      LocalSecondaryIndexes: SHAPES.map((shape) => ({
        IndexName: `local-${shape}`,
        KeySchema: [...hash('pk'), range('at')],
        Projection: structuredClone(PROJECTIONS[shape]) as Projection,
      })),
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const leader = fenced(client, termOf(5n));
  for (const name of ['a', 'b', 'gone']) {
    const Item = {
      ...{ pk: { S: 'p' }, sk: { S: name }, state: { S: 'open' } },
      ...{ at: { S: name }, amount: { N: '1' } },
    };
    await leader.send(new PutItemCommand({ TableName, Item }));
  }
  const Key = { pk: { S: 'p' }, sk: { S: 'gone' } };
  await leader.send(new DeleteItemCommand({ TableName, Key }));
});
afterAll(() => fresh[Symbol.dispose]());

const named = (name: string, value: string) => ({
  KeyConditionExpression: '#key = :key',
  ExpressionAttributeNames: { '#key': name },
  ExpressionAttributeValues: { ':key': { S: value } },
});
const queryOf = (IndexName: string): QueryCommandInput => ({
  ...{ TableName, IndexName },
  ...(IndexName.startsWith('by-state') ? named('state', 'open') : named('pk', 'p')),
});

const INDEXES = SHAPES.flatMap((shape) => [`by-state-${shape}`, `local-${shape}`]);

describe.each(INDEXES)('through the index %s', (IndexName) => {
  const leader = () => fenced(client, termOf(5n));

  test('a query returns the rows without the deleted one', async () => {
    const { Items, Count } = await leader().send(new QueryCommand(queryOf(IndexName)));
    expect(Items?.map(({ sk }) => sk?.S).toSorted()).toEqual(['a', 'b']);
    expect(Items?.some((row) => 'fencingToken' in row)).toBe(false);
    expect(Count).toBe(2);
  });

  test('a query counts', async () => {
    const counting = new QueryCommand({ ...queryOf(IndexName), Select: 'COUNT' });
    expect((await leader().send(counting)).Count).toBe(2);
  });

  test('a scan returns the rows, and counts them', async () => {
    const { Items } = await leader().send(new ScanCommand({ TableName, IndexName }));
    expect(Items?.length).toBe(2);
    const counting = new ScanCommand({ TableName, IndexName, Select: 'COUNT' });
    expect((await leader().send(counting)).Count).toBe(2);
  });
});

test.each(SHAPES)(
  'a filter and a projection of one’s own pass through by-state-%s',
  async (shape) => {
    const query = queryOf(`by-state-${shape}`);
    const filtered = new QueryCommand({
      ...query,
      FilterExpression: 'attribute_exists(#pk)',
      ProjectionExpression: '#sk',
      ExpressionAttributeNames: { ...query.ExpressionAttributeNames, '#sk': 'sk', '#pk': 'pk' },
    });
    const { Items } = await fenced(client, termOf(5n)).send(filtered);
    const names = Items?.map(({ sk, ...rest }) => [sk?.S, rest] as const).toSorted(([a], [b]) =>
      `${a}`.localeCompare(`${b}`),
    );
    expect(names).toEqual([
      ['a', {}],
      ['b', {}],
    ]);
  },
);

test.each(SHAPES)(
  'an index of nothing but the table’s keys that projects %s hides what it can tell',
  async (shape) => {
    const leader = fenced(client, termOf(5n));
    const query = { TableName, IndexName: `inverted-${shape}`, ...named('sk', 'gone') };
    const { Count } = await leader.send(new QueryCommand(query));
    // Where the mark is not projected, the fence cannot see a tombstone, as docs/fencing.md says.
    expect(Count).toBe(shape === 'all' || shape === 'marked' ? 0 : 1);
  },
);

test('an index that does not project the mark costs one request more, once', async () => {
  await using proxy = await startFaultProxy(fresh.endpoint);
  const { DynamoDBClient: Client } = await import('@aws-sdk/client-dynamodb');
  const own = new Client({ ...fresh.clientConfig, endpoint: proxy.endpoint });
  for (const token of [5n, 6n]) {
    const leader = fenced(own, termOf(token));
    await leader.send(new QueryCommand(queryOf('by-state-keys')));
    await leader.send(new QueryCommand(queryOf('by-state-keys')));
  }
  expect(proxy.counts()).toEqual({ Query: 5 });
  own.destroy();
});

test('a query that is wrong in itself fails with the error of the service', async () => {
  const leader = fenced(client, termOf(5n));
  const wrong = { ...queryOf('by-state-keys'), KeyConditionExpression: '#key = :nothing' };
  expect(await refusalOf(leader.send(new QueryCommand(wrong)))).toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(':nothing'),
  });
});
