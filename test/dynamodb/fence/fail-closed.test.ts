/** What a fence does not understand is refused before it is sent; nothing passes unfenced or in part. */
import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { checkpoint, fenced } from '../../../lib/dynamodb/index.ts';
import { recordReference } from '../../../lib/dynamodb/table/record-reference.ts';
import { leaseKeyOf } from '../../../lib/dynamodb/table/schema.ts';
import { type FreshTable, freshTable } from '../../support/dynamodb.ts';
import { refusalOf, termOf } from '../../support/fencing-term.ts';
import { startFaultProxy } from '../../support/network/fault-proxy.ts';

let table: FreshTable;
let TableName: string;
beforeAll(async () => {
  table = await freshTable();
  TableName = table.tableName;
});
afterAll(() => table[Symbol.dispose]());

const ARN = (name: string) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;

describe('middleware that puts a copy in the place of the input', () => {
  const copying = () => {
    const client = new DynamoDBClient(table.clientConfig);
    onTestFinished(() => client.destroy());
    client.middlewareStack.add(
      (next) => (args) => next({ ...args, input: { ...(args.input as object) } as never }),
      { step: 'build', priority: 'high' },
    );
    return client;
  };

  test.each([
    ['a put', (Key: object) => new PutItemCommand({ TableName, Item: Key as never })],
    ['a delete', (Key: object) => new DeleteItemCommand({ TableName, Key: Key as never })],
  ])('sends %s neither with the check of its term taken away nor without', async (_title, of) => {
    const key = table.freshKey();
    await fenced(table.client, termOf(1n)).send(new PutItemCommand({ TableName, Item: key }));
    const term = termOf(2n);
    term.end();
    const error = await refusalOf(fenced(copying(), term).send(of(key) as never));
    expect(error).toMatchObject({ code: 'NOT_FENCEABLE' });
    expect((await table.stored(key))?.fencingToken).toEqual({ N: '1' });
  });

  test('keeps a lease-checked write from being sent', async () => {
    const lease = recordReference({ tableName: TableName, key: leaseKeyOf('copied') });
    const client = fenced(copying(), termOf(2n, { lease }), { check: 'lease' });
    const put = new PutItemCommand({ TableName, Item: table.freshKey() });
    expect(await refusalOf(client.send(put))).toMatchObject({ code: 'NOT_FENCEABLE' });
  });

  test('changes nothing where it stands before the serializer', async () => {
    const client = new DynamoDBClient(table.clientConfig);
    onTestFinished(() => client.destroy());
    client.middlewareStack.add(
      (next) => (args) => next({ ...args, input: { ...(args.input as object) } as never }),
      { step: 'initialize' },
    );
    const key = table.freshKey();
    await fenced(client, termOf(2n)).send(new PutItemCommand({ TableName, Item: key }));
    expect((await table.stored(key))?.fencingToken).toEqual({ N: '2' });
  });
});

describe('an action of a transaction', () => {
  test.each([
    ['with two operations', { Put: {}, Delete: {} }],
    ['with an operation that is not known', { Put: {}, Merge: {} }],
    ['with none', {}],
  ])('%s is refused, and nothing of the transaction is sent', async (_title, operations) => {
    const key = table.freshKey();
    const given = Object.keys(operations).map((name) => [
      name,
      name === 'Put' ? { TableName, Item: key } : { TableName, Key: table.freshKey() },
    ]);
    const TransactItems = [
      { Put: { TableName, Item: table.freshKey() } },
      Object.fromEntries(given),
    ];
    const sent = fenced(table.client, termOf(1n)).send(
      new TransactWriteItemsCommand({ TransactItems }),
    );
    expect(await refusalOf(sent)).toMatchObject({ code: 'NOT_FENCEABLE' });
    expect(await table.stored(key)).toBeUndefined();
  });
});

describe('a table that is lease-checked by one of its names', () => {
  const lease = () => recordReference({ tableName: TableName, key: leaseKeyOf('by its ARN') });

  test.each([
    ['by its ARN, and saved by name', ARN, (name: string) => name],
    ['by name, and saved by its ARN', (name: string) => name, ARN],
  ])('%s, is lease-checked by a checkpoint too', async (_title, declared, named) => {
    const isByArn = named === ARN;
    await using proxy = await startFaultProxy(table.endpoint);
    const client = new DynamoDBClient({ ...table.clientConfig, endpoint: proxy.endpoint });
    onTestFinished(() => client.destroy());
    const { pk, sk } = lease().key;
    const record = { token: { N: '1' }, holder: { S: 'candidate-1' } };
    const Item = { pk: { S: pk }, sk: { S: sk }, ...record };
    await table.client.send(new PutItemCommand({ TableName, Item }));
    const saved = checkpoint<number>(termOf(1n, { lease: lease() }), {
      client,
      tableName: named(TableName),
      key: { pk: table.freshKey().pk.S, sk: 's' },
      schemaVersion: 1,
      parse: (state) => state as number,
      fence: { leaseChecked: [declared(TableName)] },
    });
    // DynamoDB Local refuses an ARN in a transaction, which shows that the fence has sent one.
    if (isByArn) {
      const error = await refusalOf(saved.load());
      expect(error).toMatchObject({ name: 'ResourceNotFoundException' });
      expect(proxy.counts()).toMatchObject({ TransactWriteItems: 1 });
      return;
    }
    expect(await saved.load()).toBeUndefined();
    await saved.save(7);
    expect(await saved.load()).toBe(7);
    expect(proxy.counts()).toEqual({ TransactWriteItems: 3, GetItem: 2 });
  });
});

describe('an SDK whose middleware is unknown', () => {
  /** A client like that of a later SDK release that gives its middleware another name. */
  const renamed = () => {
    class OtherClient extends DynamoDBClient {}
    const client = new OtherClient(table.clientConfig);
    onTestFinished(() => client.destroy());
    const { middlewareStack } = client;
    const concat = middlewareStack.concat.bind(middlewareStack);
    middlewareStack.clone = () =>
      Object.assign(Object.create(middlewareStack), {
        concat: (from: never) => {
          const joined = concat(from);
          joined.remove('serializerMiddleware');
          return joined;
        },
      });
    return client;
  };

  test('is refused when the fence is made, and not at the first write', () => {
    expect(() => fenced(renamed(), termOf(1n))).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTIONS',
        message: expect.stringContaining('serializerMiddleware'),
      }),
    );
  });

  test('is looked for once for each kind of client, and nothing is sent', async () => {
    const proxy = await startFaultProxy(table.endpoint);
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    const client = new DynamoDBClient({ ...table.clientConfig, endpoint: proxy.endpoint });
    onTestFinished(() => client.destroy());

    fenced(client, termOf(1n));

    expect(proxy.exchanges).toEqual([]);
  });
});
