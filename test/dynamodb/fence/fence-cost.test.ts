/** What a stamp costs on the wire, and what happens to it when the SDK retries. */
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fenced } from '../../../lib/dynamodb/fence/fenced-write.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { termOf } from '../../support/fencing-term.ts';
import { startFaultProxy } from '../../support/network/fault-proxy.ts';

async function prepare() {
  const table = await freshTable();
  const proxy = await startFaultProxy(table.endpoint);
  const client = new DynamoDBClient({ ...table.clientConfig, endpoint: proxy.endpoint });
  onTestFinished(async () => {
    client.destroy();
    table[Symbol.dispose]();
    await proxy.stop();
  });
  const { tableName: TableName } = table;
  const Key = { pk: { S: 'row' }, sk: { S: 'r' } };
  const read = async () =>
    (await table.client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
  return { client, proxy, TableName, Key, read };
}

describe('a stamped write', () => {
  test('sends as many requests and takes as many write units as a plain one', async () => {
    const { client, proxy, TableName, Key } = await prepare();
    const costs = [];
    for (const sender of [client, fenced(client, termOf(7n))]) {
      const before = performance.now();
      const capacity = [];
      for (let turn = 0; turn < 3; turn += 1) {
        const update = new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
          ReturnConsumedCapacity: 'TOTAL',
        });
        capacity.push((await sender.send(update)).ConsumedCapacity?.CapacityUnits);
      }
      costs.push({ capacity, requests: proxy.counts(before) });
    }
    expect(costs[0]).toEqual({ capacity: [1, 1, 1], requests: { UpdateItem: 3 } });
    expect(costs[1]).toEqual(costs[0]);
  });

  test('in a transaction adds no action to it', async () => {
    const { client, proxy, TableName, Key } = await prepare();
    const TransactItems = [{ Put: { TableName, Item: Key } }];
    await fenced(client, termOf(7n)).send(new TransactWriteItemsCommand({ TransactItems }));
    expect(proxy.counts()).toEqual({ TransactWriteItems: 1 });
    expect(JSON.parse(proxy.exchanges[0]?.body ?? '').TransactItems).toHaveLength(1);
  });
});

describe('a retry of the SDK, after an answer was lost,', () => {
  test('is admitted, since the token is equal', async () => {
    const { client, proxy, TableName, Key, read } = await prepare();
    proxy.inject({ direction: 'answers', kind: 'reset', operation: 'PutItem', times: 1 });
    const put = new PutItemCommand({ TableName, Item: { ...Key, a: { S: 'x' } } });
    await fenced(client, termOf(7n)).send(put);
    expect(proxy.counts()).toEqual({ PutItem: 2 });
    expect(await read()).toMatchObject({ a: { S: 'x' }, fencingToken: { N: '7' } });
  });

  test('fails by a condition that the first attempt made false, as it does without a fence', async () => {
    const names = [];
    for (const isFenced of [false, true]) {
      const { client, proxy, TableName, Key } = await prepare();
      proxy.inject({ direction: 'answers', kind: 'reset', operation: 'PutItem', times: 1 });
      const ConditionExpression = 'attribute_not_exists(pk)';
      const put = new PutItemCommand({ TableName, Item: Key, ConditionExpression });
      const sender = isFenced ? fenced(client, termOf(7n)) : client;
      names.push(
        await sender.send(put).then(
          () => 'done',
          (error: Error) => error.name,
        ),
      );
    }
    expect(names).toEqual(Array(2).fill('ConditionalCheckFailedException'));
  });

  test('is not sent where the term is over by then', async () => {
    const { client, proxy, TableName, Key } = await prepare();
    const term = termOf(7n);
    proxy.inject({
      direction: 'requests',
      kind: 'error',
      status: 500,
      type: 'InternalServerError',
      times: 1,
      when: () => {
        term.end();
        return true;
      },
    });
    const sent = fenced(client, term).send(new PutItemCommand({ TableName, Item: Key }));
    await expect(sent).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
    expect(proxy.counts()).toEqual({ PutItem: 1 });
  });
});
