/** Lease-checked writes: refused from the instant a newer leader is elected, and what that needs. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fenced } from '../../../lib/dynamodb/fence/fenced-write.ts';
import { recordReference } from '../../../lib/dynamodb/table/record-reference.ts';
import { leaseKeyOf } from '../../../lib/dynamodb/table/schema.ts';
import { type FreshTable, freshTable } from '../../support/dynamodb.ts';
import { refusalOf, termOf } from '../../support/fencing-term.ts';
import { cancelled, scriptedDynamoDb } from '../../support/network/scripted-dynamodb.ts';
import { until } from '../../support/until.ts';

let data: FreshTable;
let elections: FreshTable;
let client: DynamoDBClient;
let TableName: string;
let rows = 0;

beforeAll(async () => {
  [data, elections] = await Promise.all([freshTable(), freshTable()]);
  client = data.client;
  TableName = data.tableName;
});
beforeEach(() => record({ token: 5n, holder: 'me' }));
afterAll(() => {
  data[Symbol.dispose]();
  elections[Symbol.dispose]();
});

const key = leaseKeyOf('reports');

/** The election's record as its store would leave it. */
async function record(shown: { readonly token: bigint; readonly holder?: string }) {
  await client.send(
    new PutItemCommand({
      TableName: elections.tableName,
      Item: {
        pk: { S: key.pk },
        sk: { S: key.sk },
        token: { N: `${shown.token}` },
        ...(shown.holder && { holder: { S: shown.holder } }),
      },
    }),
  );
}

function termFive(tableName = elections.tableName) {
  return termOf(5n, { candidateId: 'me', lease: recordReference({ tableName, key }) });
}

function freshKey() {
  rows += 1;
  return { pk: { S: `row#${rows}` }, sk: { S: 'r' } };
}
const stored = async (Key: ReturnType<typeof freshKey>) =>
  (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
describe('a lease-checked write', () => {
  test('is admitted while the record has its token and its holder, and sets the stamp', async () => {
    const Key = freshKey();
    const leader = fenced(client, termFive(), { check: 'lease' });
    const answer = await leader.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET a = :a',
        ExpressionAttributeValues: { ':a': { S: 'x' } },
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    expect(answer.ConsumedCapacity?.TableName).toBe(TableName);
    expect(await stored(Key)).toEqual({ ...Key, a: { S: 'x' }, fencingToken: { N: '5' } });
  });

  test('is refused for a fresh row once a newer leader is elected, where the stamp admits it', async () => {
    await record({ token: 6n, holder: 'other' });
    const [checkedKey, stampedKey] = [freshKey(), freshKey()];
    const term = termFive();
    const checked = fenced(client, term, { check: 'lease' });
    const error = await refusalOf(
      checked.send(new PutItemCommand({ TableName, Item: checkedKey })),
    );
    expect(error).toMatchObject({ code: 'STALE_TOKEN', token: 5n, highestToken: 6n });
    expect(term.events).toMatchObject([{ event: 'fence-rejected', highestToken: 6n }]);
    expect(await stored(checkedKey)).toBeUndefined();

    await fenced(client, termFive()).send(new PutItemCommand({ TableName, Item: stampedKey }));
    expect(await stored(stampedKey)).toBeDefined();
  });

  test.each([
    ['vacant', {}],
    ['held by another under the same token', { holder: 'other' }],
  ])('is refused where the record is %s', async (_title, shown) => {
    await record({ token: 5n, ...shown });
    const leader = fenced(client, termFive(), { check: 'lease' });
    const error = await refusalOf(leader.send(new PutItemCommand({ TableName, Item: freshKey() })));
    expect(error).toMatchObject({ code: 'LEADERSHIP_LOST', why: 'deposed' });
  });

  test("raises the stamp, so that an old leader's stamped write finds the row taken", async () => {
    const Key = freshKey();
    const leader = fenced(client, termFive(), { check: 'lease' });
    await leader.send(new PutItemCommand({ TableName, Item: { ...Key, by: { S: 'new' } } }));
    const old = fenced(client, termOf(4n));
    const late = new PutItemCommand({ TableName, Item: { ...Key, by: { S: 'old' } } });
    expect(await refusalOf(old.send(late))).toMatchObject({
      code: 'STALE_TOKEN',
      highestToken: 5n,
    });
  });

  test("fails by the user's condition as it would without a fence", async () => {
    const Key = freshKey();
    const leader = fenced(client, termFive(), { check: 'lease' });
    await leader.send(new PutItemCommand({ TableName, Item: Key }));
    const create = (ReturnValuesOnConditionCheckFailure: 'ALL_OLD' | 'NONE') =>
      new PutItemCommand({
        TableName,
        Item: Key,
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure,
      });
    const quiet = await refusalOf(leader.send(create('NONE')));
    expect(quiet).toBeInstanceOf(ConditionalCheckFailedException);
    expect(quiet).toMatchObject({ Item: undefined });
    expect(await refusalOf(leader.send(create('ALL_OLD')))).toHaveProperty('Item', Key);
  });

  test("of the user's own transaction tells reasons for the user's own actions alone", async () => {
    const [first, second] = [freshKey(), freshKey()];
    const leader = fenced(client, termFive(), { check: 'lease' });
    await leader.send(new PutItemCommand({ TableName, Item: second }));
    const error = await refusalOf(
      leader.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName, Item: first } },
            { Put: { TableName, Item: second, ConditionExpression: 'attribute_not_exists(pk)' } },
          ],
        }),
      ),
    );
    expect(error).toMatchObject({
      name: 'TransactionCanceledException',
      message: expect.stringContaining('[None, ConditionalCheckFailed]'),
    });
    expect(error).toHaveProperty('CancellationReasons.length', 2);
    expect(await stored(first)).toBeUndefined();
  });

  test('works through the document client, alone and in a transaction', async () => {
    const leader = fenced(DynamoDBDocumentClient.from(client), termFive(), { check: 'lease' });
    const [one, two] = [
      { pk: 'document#1', sk: 'r' },
      { pk: 'document#2', sk: 'r' },
    ];
    await leader.send(new PutCommand({ TableName, Item: { ...one, n: 1 } }));
    await leader.send(
      new TransactWriteCommand({ TransactItems: [{ Put: { TableName, Item: { ...two, n: 2 } } }] }),
    );
    for (const [row, n] of [
      [one, '1'],
      [two, '2'],
    ] as const) {
      const found = await stored({ pk: { S: row.pk }, sk: { S: row.sk } });
      expect(found).toMatchObject({ n: { N: n }, fencingToken: { N: '5' } });
    }
    await record({ token: 6n, holder: 'other' });
    const error = await refusalOf(leader.send(new PutCommand({ TableName, Item: one })));
    expect(error).toMatchObject({ code: 'STALE_TOKEN' });
  });

  test('leaves a tombstone where the table may also be written by stamp alone', async () => {
    const Key = freshKey();
    const leader = fenced(client, termFive(), { check: 'lease' });
    await leader.send(new PutItemCommand({ TableName, Item: Key }));
    await leader.send(new DeleteItemCommand({ TableName, Key }));
    const late = fenced(client, termOf(4n)).send(new PutItemCommand({ TableName, Item: Key }));
    expect(await refusalOf(late)).toMatchObject({ code: 'STALE_TOKEN' });
  });
});

test("a lease check without the stamp loses an update that an old leader's late write covers", async () => {
  const Key = freshKey();
  const put = { TableName, Item: { ...Key, by: { S: 'new' } } };
  const check = {
    TableName: elections.tableName,
    Key: { pk: { S: key.pk }, sk: { S: key.sk } },
    ConditionExpression: '#holder = :me',
    ExpressionAttributeNames: { '#holder': 'holder' },
    ExpressionAttributeValues: { ':me': { S: 'me' } },
  };
  const TransactItems = [{ Put: put }, { ConditionCheck: check }];
  await client.send(new TransactWriteItemsCommand({ TransactItems }));
  const late = new PutItemCommand({ TableName, Item: { ...Key, by: { S: 'old' } } });
  await fenced(client, termOf(4n)).send(late);
  expect((await stored(Key))?.by).toEqual({ S: 'old' });
});

describe('a table declared lease-checked', () => {
  test('deletes rows for real, and refuses a stale leader that would write them again', async () => {
    const Key = freshKey();
    const leader = fenced(client, termFive(), { leaseChecked: [TableName] });
    await leader.send(new PutItemCommand({ TableName, Item: Key }));
    await leader.send(new DeleteItemCommand({ TableName, Key }));
    expect(await stored(Key)).toBeUndefined();

    await record({ token: 6n, holder: 'other' });
    const late = leader.send(new PutItemCommand({ TableName, Item: Key }));
    expect(await refusalOf(late)).toMatchObject({ code: 'STALE_TOKEN' });
    // Without the lease check, nothing would refuse this write.
    await fenced(client, termFive()).send(new PutItemCommand({ TableName, Item: Key }));
    expect(await stored(Key)).toBeDefined();
  });

  test('has its part of a transaction checked, and tombstones elsewhere', async () => {
    const [going, staying] = [freshKey(), freshKey()];
    const other = elections.tableName;
    const leader = fenced(client, termFive(), { leaseChecked: [TableName] });
    await leader.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Delete: { TableName, Key: going } },
          { Delete: { TableName: other, Key: staying } },
        ],
      }),
    );
    expect(await stored(going)).toBeUndefined();
    const { Item } = await client.send(new GetItemCommand({ TableName: other, Key: staying }));
    expect(Item?.fencingTokenTombstone).toEqual({ BOOL: true });
  });
});

describe('a conflict with a renewal', () => {
  test('is tried again until it passes', async () => {
    await using scripted = await scriptedDynamoDb(data.endpoint);
    using through = closing({ endpoint: scripted.endpoint });
    for (let n = 0; n < 3; n += 1) scripted.answerNext(cancelled('None', 'TransactionConflict'));
    const Key = freshKey();
    const leader = fenced(through.client, termFive(), { check: 'lease' });
    await leader.send(new PutItemCommand({ TableName, Item: Key }));
    expect(scripted.operations).toEqual(Array(4).fill('TransactWriteItems'));
    expect(await stored(Key)).toBeDefined();
  });

  test('is not tried again once the term is over', async () => {
    await using scripted = await scriptedDynamoDb(data.endpoint);
    using through = closing({ endpoint: scripted.endpoint });
    for (let n = 0; n < 50; n += 1) scripted.answerNext(cancelled('TransactionConflict', 'None'));
    const term = termFive();
    const ending = {
      ...term,
      throwIfOver: () => {
        if (scripted.operations.length === 3) term.end();
        term.throwIfOver();
      },
    };
    const leader = fenced(through.client, ending, { check: 'lease' });
    const error = await refusalOf(leader.send(new PutItemCommand({ TableName, Item: freshKey() })));
    expect(error).toMatchObject({ code: 'LEADERSHIP_LOST' });
    expect(scripted.operations).toHaveLength(3);
  });

  test('is not waited for once the caller aborts', async () => {
    await using scripted = await scriptedDynamoDb(data.endpoint);
    using through = closing({ endpoint: scripted.endpoint });
    for (let n = 0; n < 50; n += 1) scripted.answerNext(cancelled('TransactionConflict', 'None'));
    const leader = fenced(through.client, termFive(), { check: 'lease' });
    const caller = new AbortController();
    const put = new PutItemCommand({ TableName, Item: freshKey() });
    const sent = refusalOf(leader.send(put, { abortSignal: caller.signal }));
    await until(() => scripted.operations.length >= 3);
    caller.abort();
    expect(await sent).toMatchObject({ name: 'AbortError' });
    expect(scripted.operations.length).toBeLessThan(50);
  });

  test('beside another reason is passed on', async () => {
    await using scripted = await scriptedDynamoDb(data.endpoint);
    using through = closing({ endpoint: scripted.endpoint });
    scripted.answerNext(cancelled('ThrottlingError', 'TransactionConflict'));
    const leader = fenced(through.client, termFive(), { check: 'lease' });
    const error = await refusalOf(leader.send(new PutItemCommand({ TableName, Item: freshKey() })));
    expect(error).toMatchObject({ name: 'TransactionCanceledException' });
    expect(scripted.operations).toHaveLength(1);
  });
});

/** A client of its own, closed with its test. */
function closing(config: { readonly endpoint?: string; readonly region?: string }) {
  const own = new DynamoDBClient({ ...data.clientConfig, ...config });
  return { client: own, [Symbol.dispose]: () => own.destroy() };
}

describe('what a lease check cannot do is refused before it is sent', () => {
  const notFenceable = { code: 'NOT_FENCEABLE' };

  test('a hundred actions beside the check; ninety-nine pass', async () => {
    const leader = fenced(client, termFive(), { check: 'lease' });
    const puts = (count: number) =>
      Array.from({ length: count }, () => ({ Put: { TableName, Item: freshKey() } }));
    const send = (count: number) =>
      leader.send(new TransactWriteItemsCommand({ TransactItems: puts(count) }));
    await send(99);
    expect(await refusalOf(send(100))).toMatchObject(notFenceable);
  });

  test.each([
    [
      'by its ARN',
      (name: string) => ({
        tableName: `arn:aws:dynamodb:eu-west-1:000000000000:table/${name}`,
        key,
      }),
    ],
    ['by its store', (name: string) => ({ tableName: name, key, region: async () => 'eu-west-1' })],
  ])('a record that is in another Region, known %s', async (_title, leaseOf) => {
    await using scripted = await scriptedDynamoDb(data.endpoint);
    using through = closing({ endpoint: scripted.endpoint });
    const term = termOf(5n, {
      candidateId: 'me',
      lease: recordReference(leaseOf(elections.tableName)),
    });
    const leader = fenced(through.client, term, { check: 'lease' });
    const error = await refusalOf(leader.send(new PutItemCommand({ TableName, Item: freshKey() })));
    expect(error).toMatchObject(notFenceable);
    expect(String(error)).toMatch(/eu-west-1.*us-east-1/);
    expect(scripted.operations).toEqual([]);
  });

  test('values that a transaction does not return', async () => {
    const leader = fenced(client, termFive(), { check: 'lease' });
    const put = new PutItemCommand({ TableName, Item: freshKey(), ReturnValues: 'ALL_OLD' });
    expect(await refusalOf(leader.send(put))).toMatchObject(notFenceable);
  });

  test('an election that has no record', () => {
    expect(() => fenced(client, termOf(5n), { check: 'lease' })).toThrow(/no record/);
    expect(() => fenced(client, termOf(5n), { leaseChecked: ['t'] })).toThrow(/no record/);
  });
});

test('a multi-Region strongly consistent table is named as the cause once DynamoDB refuses', async () => {
  await using scripted = await scriptedDynamoDb(data.endpoint);
  using through = closing({ endpoint: scripted.endpoint });
  const invalid = { __type: 'com.amazon.coral.validate#ValidationException', message: 'no' };
  scripted.answerNext({ operation: 'TransactWriteItems', body: invalid });
  scripted.answerNext({
    operation: 'DescribeTable',
    status: 200,
    body: { Table: { TableName, MultiRegionConsistency: 'STRONG' } },
  });
  const leader = fenced(through.client, termFive(), { check: 'lease' });
  const error = await refusalOf(leader.send(new PutItemCommand({ TableName, Item: freshKey() })));
  expect(error).toMatchObject({ code: 'NOT_FENCEABLE', cause: { name: 'ValidationException' } });
  expect(String(error)).toMatch(/multi-Region strongly consistent/);

  const mistaken = new PutItemCommand({ TableName, Item: { pk: { S: 'no sort key' } } });
  expect(await refusalOf(leader.send(mistaken))).not.toMatchObject({ code: 'NOT_FENCEABLE' });
});
