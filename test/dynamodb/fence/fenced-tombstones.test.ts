/** A deleted row keeps its stamp, and a reader through the fence does not see the row. */
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { fenced } from '../../../lib/dynamodb/fence/fenced-write.ts';
import { refusalOf, termOf } from '../../support/fencing-term.ts';
import { tableOfFile } from '../../support/table-of-file.ts';

const table = await tableOfFile();
const { client, tableName: TableName, freshKey } = table;
async function deletedRow() {
  const Key = freshKey();
  const leader = fenced(client, termOf(5n));
  await leader.send(new PutItemCommand({ TableName, Item: { ...Key, a: { S: 'x' } } }));
  await leader.send(new DeleteItemCommand({ TableName, Key }));
  return { Key, leader };
}

describe('a fenced delete', () => {
  test('leaves the key, the stamp and the mark, and returns the row that was', async () => {
    const Key = freshKey();
    const leader = fenced(client, termOf(5n));
    await leader.send(new PutItemCommand({ TableName, Item: { ...Key, a: { S: 'x' } } }));
    const remove = new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' });
    expect((await leader.send(remove)).Attributes).toEqual({ ...Key, a: { S: 'x' } });
    const { Item } = await client.send(new GetItemCommand({ TableName, Key }));
    expect(Item).toEqual({
      ...Key,
      fencingToken: { N: '5' },
      fencingTokenTombstone: { BOOL: true },
    });
    expect((await leader.send(remove)).Attributes).toBeUndefined();
  });

  test('keeps a stale leader from creating the row again, where a real delete lets it', async () => {
    const { Key } = await deletedRow();
    const stale = fenced(client, termOf(4n));
    const put = new PutItemCommand({ TableName, Item: { ...Key, a: { S: 'stale' } } });
    expect(await refusalOf(stale.send(put))).toMatchObject({ code: 'STALE_TOKEN' });

    await client.send(new DeleteItemCommand({ TableName, Key }));
    await stale.send(put);
    const { Item } = await client.send(new GetItemCommand({ TableName, Key }));
    expect(Item?.a).toEqual({ S: 'stale' });
  });

  test('works as one action of a transaction', async () => {
    const Key = freshKey();
    const leader = fenced(client, termOf(5n));
    await leader.send(new PutItemCommand({ TableName, Item: Key }));
    await leader.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Delete: { TableName, Key, ConditionExpression: 'attribute_exists(pk)' } },
        ],
      }),
    );
    expect((await leader.send(new GetItemCommand({ TableName, Key }))).Item).toBeUndefined();
    const { Item } = await client.send(new GetItemCommand({ TableName, Key }));
    expect(Item?.fencingToken).toEqual({ N: '5' });
  });

  test('is undone by a later write, which brings back nothing of the old row', async () => {
    const { Key, leader } = await deletedRow();
    await leader.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET b = :b REMOVE a',
        ExpressionAttributeValues: { ':b': { S: 'y' } },
      }),
    );
    expect((await leader.send(new GetItemCommand({ TableName, Key }))).Item).toEqual({
      ...Key,
      b: { S: 'y' },
    });
  });
});

describe('a condition on a tombstone', () => {
  const conditions = [
    ['attribute_not_exists(pk)', true],
    ['attribute_exists(pk)', false],
    ['(attribute_not_exists(#key))', true],
    ['NOT attribute_exists(pk) AND attribute_not_exists(sk)', true],
    ['pk = :pk OR sk = :pk', false],
    ['size(pk) > :zero', false],
    ['begins_with(sk, :pk) OR a = :pk', false],
    ['pk <> :pk', true],
    ['attribute_not_exists(a)', true],
  ] as const;

  test.each(conditions)('holds as if there were no row: %s', async (ConditionExpression, holds) => {
    const { Key: tombstone, leader } = await deletedRow();
    const absent = freshKey();
    for (const [sender, Key] of [
      [client, absent],
      [leader, tombstone],
    ] as const) {
      const put = new PutItemCommand({
        TableName,
        Item: Key,
        ConditionExpression,
        ...(ConditionExpression.includes('#key') && {
          ExpressionAttributeNames: { '#key': 'pk' },
        }),
        ...(/:pk|:zero/.test(ConditionExpression) && {
          ExpressionAttributeValues: {
            ...(ConditionExpression.includes(':pk') && { ':pk': Key.pk }),
            ...(ConditionExpression.includes(':zero') && { ':zero': { N: '0' } }),
          },
        }),
      });
      const error = await refusalOf(sender.send(put));
      expect(error === undefined, String(error)).toBe(holds);
    }
  });

  test('that fails shows no old row', async () => {
    const { Key, leader } = await deletedRow();
    const update = new UpdateItemCommand({
      TableName,
      Key,
      ConditionExpression: 'attribute_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const error = await refusalOf(leader.send(update));
    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(error).not.toHaveProperty('Item');
  });
});

describe('a read through the fence', () => {
  const pk = 'shelf';
  const keyOf = (sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
  const living = { ...keyOf('living'), a: { S: 'x' } };

  beforeAll(async () => {
    const leader = fenced(client, termOf(5n));
    await leader.send(new PutItemCommand({ TableName, Item: living }));
    await leader.send(new DeleteItemCommand({ TableName, Key: keyOf('dead') }));
  });

  const query = {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: pk } },
  };

  test('by Query and Scan leaves tombstones out, also of the count', async () => {
    const leader = fenced(client, termOf(5n));
    const queried = await leader.send(new QueryCommand({ TableName, ...query }));
    expect(queried).toMatchObject({ Items: [living], Count: 1, ScannedCount: 2 });
    const counted = await leader.send(new QueryCommand({ TableName, ...query, Select: 'COUNT' }));
    expect(counted.Count).toBe(1);
    const scanned = await leader.send(
      new ScanCommand({
        TableName,
        FilterExpression: '(pk = :pk OR pk = :other)',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':other': { S: 'nothing' } },
        ProjectionExpression: 'sk',
      }),
    );
    expect(scanned.Items).toEqual([{ sk: living.sk }]);
  });

  test('by Get, BatchGet and TransactGet finds no row in a tombstone, whatever is projected', async () => {
    const leader = fenced(client, termOf(5n));
    const Keys = [keyOf('living'), keyOf('dead')];
    for (const ProjectionExpression of [undefined, 'sk, a']) {
      const expected = ProjectionExpression === undefined ? living : { sk: living.sk, a: living.a };
      const got = await Promise.all(
        Keys.map((Key) =>
          leader.send(new GetItemCommand({ TableName, Key, ProjectionExpression })),
        ),
      );
      expect(got.map(({ Item }) => Item)).toEqual([expected, undefined]);
      const batch = new BatchGetItemCommand({
        RequestItems: { [TableName]: { Keys, ProjectionExpression } },
      });
      expect((await leader.send(batch)).Responses).toEqual({ [TableName]: [expected] });
      const transaction = new TransactGetItemsCommand({
        TransactItems: Keys.map((Key) => ({ Get: { TableName, Key, ProjectionExpression } })),
      });
      expect((await leader.send(transaction)).Responses).toEqual([{ Item: expected }, {}]);
    }
  });

  test('shows the stamp where it is asked for', async () => {
    const Key = keyOf('living');
    const showing = fenced(client, termOf(5n), { showStamp: true });
    const shown = await showing.send(new GetItemCommand({ TableName, Key }));
    expect(shown.Item).toEqual({ ...living, fencingToken: { N: '5' } });
    const projecting = new GetItemCommand({ TableName, Key, ProjectionExpression: 'fencingToken' });
    const asked = await fenced(client, termOf(5n)).send(projecting);
    expect(asked.Item).toEqual({ fencingToken: { N: '5' } });
  });

  test('hands back unprocessed keys as they were asked for', async () => {
    const { scriptedDynamoDb } = await import('../../support/network/scripted-dynamodb.ts');
    await using scripted = await scriptedDynamoDb(table.endpoint);
    const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    const through = new DynamoDBClient({ ...table.clientConfig, endpoint: scripted.endpoint });
    const asked = { Keys: [keyOf('dead')], ProjectionExpression: 'sk' };
    scripted.answerNext({
      operation: 'BatchGetItem',
      status: 200,
      body: {
        Responses: {},
        UnprocessedKeys: {
          [TableName]: {
            ...asked,
            ProjectionExpression: 'sk, #tenureTombstone',
            ExpressionAttributeNames: { '#tenureTombstone': 'fencingTokenTombstone' },
          },
        },
      },
    });
    const leader = fenced(through, termOf(5n));
    const batch = new BatchGetItemCommand({ RequestItems: { [TableName]: asked } });
    const { UnprocessedKeys } = await leader.send(batch);
    expect(UnprocessedKeys).toEqual({ [TableName]: asked });
    const again = await leader.send(new BatchGetItemCommand({ RequestItems: UnprocessedKeys }));
    expect(again.Responses).toEqual({ [TableName]: [] });
    through.destroy();
  });
});

test('a table without a sort key is fenced alike', async () => {
  const name = `${TableName}-simple`;
  await client.send(
    new CreateTableCommand({
      TableName: name,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const leader = fenced(client, termOf(5n));
  const Key = { id: { N: '1' } };
  await leader.send(new DeleteItemCommand({ TableName: name, Key }));
  const create = new PutItemCommand({
    TableName: name,
    Item: Key,
    ConditionExpression: 'attribute_not_exists(id)',
  });
  await leader.send(create);
  expect(await refusalOf(leader.send(create))).toMatchObject({
    name: 'ConditionalCheckFailedException',
  });
});
