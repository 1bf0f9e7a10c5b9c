/** The stamp on DynamoDB Local: what is admitted, what is refused, and what the user sees of it. */
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocument,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { fenced } from '../../../lib/dynamodb/fence/fenced-write.ts';
import { isTenureError } from '../../../lib/errors.ts';
import type { RowKey } from '../../support/dynamodb.ts';
import { refusalOf, termOf } from '../../support/fencing-term.ts';
import { tableOfFile } from '../../support/table-of-file.ts';

const table = await tableOfFile();
const { client, tableName: TableName, freshKey, stored } = table;

describe('a stamped write', () => {
  test('leaves its token in the row', async () => {
    const Key = freshKey();
    const leader = fenced(client, termOf(7n));
    await leader.send(new PutItemCommand({ TableName, Item: { ...Key, total: { N: '1' } } }));
    expect(await stored(Key)).toEqual({ ...Key, total: { N: '1' }, fencingToken: { N: '7' } });
  });

  test('is admitted again under an equal token, and under a higher one', async () => {
    const Key = freshKey();
    for (const token of [3n, 3n, 4n]) {
      await fenced(client, termOf(token)).send(new PutItemCommand({ TableName, Item: Key }));
    }
    expect((await stored(Key))?.fencingToken).toEqual({ N: '4' });
  });

  test('compares tokens as numbers of up to 38 digits', async () => {
    const Key = freshKey();
    const high = 10n ** 38n - 1n;
    await fenced(client, termOf(high)).send(new PutItemCommand({ TableName, Item: Key }));
    const error = await refusalOf(
      fenced(client, termOf(high - 1n)).send(new PutItemCommand({ TableName, Item: Key })),
    );
    expect(error).toMatchObject({ code: 'STALE_TOKEN', token: high - 1n, highestToken: high });
    expect(() => fenced(client, termOf(high + 1n))).toThrow(/38 digits/);
  });

  test.each(['Put', 'Update', 'Delete', 'TransactWrite'] as const)(
    'by %s is refused below the stamp, with both tokens and a word to the journal',
    async (kind) => {
      const Key = freshKey();
      await fenced(client, termOf(9n)).send(
        new PutItemCommand({ TableName, Item: { ...Key, by: { S: 'new' } } }),
      );
      const term = termOf(8n);
      const error = await refusalOf(writeBy(kind, fenced(client, term), Key));
      expect(isTenureError(error, 'STALE_TOKEN')).toBe(true);
      expect(error).toMatchObject({ token: 8n, highestToken: 9n });
      expect(term.events).toMatchObject([
        { event: 'fence-rejected', token: 8n, highestToken: 9n, election: 'reports' },
      ]);
      expect((await stored(Key))?.by).toEqual({ S: 'new' });
    },
  );

  test('is not sent once the term is over', async () => {
    const Key = freshKey();
    const term = termOf(1n);
    const leader = fenced(client, term);
    term.end();
    const error = await refusalOf(leader.send(new PutItemCommand({ TableName, Item: Key })));
    expect(error).toMatchObject({ code: 'LEADERSHIP_LOST' });
    expect(await stored(Key)).toBeUndefined();
    const read = await leader.send(new GetItemCommand({ TableName, Key }));
    expect(read.Item).toBeUndefined();
  });

  test('leaves the given client and the given input as they were', async () => {
    const Key = freshKey();
    const input = { TableName, Item: { ...Key, a: { S: 'x' } } };
    const before = structuredClone(input);
    await fenced(client, termOf(5n)).send(new PutItemCommand(input));
    expect(input).toEqual(before);
    await client.send(new PutItemCommand(input));
    expect((await stored(Key))?.fencingToken).toBeUndefined();
  });

  test('takes the attribute that the user names', async () => {
    const Key = freshKey();
    const leader = fenced(client, termOf(5n), { stampAttribute: 'epoch' });
    await leader.send(new PutItemCommand({ TableName, Item: Key }));
    expect(await stored(Key)).toEqual({ ...Key, epoch: { N: '5' } });
  });
});

function writeBy(
  kind: 'Put' | 'Update' | 'Delete' | 'TransactWrite',
  leader: DynamoDBClient,
  Key: RowKey,
): Promise<unknown> {
  switch (kind) {
    case 'Put':
      return leader.send(new PutItemCommand({ TableName, Item: { ...Key, by: { S: 'old' } } }));
    case 'Update':
      return leader.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: 'SET #by = :by',
          ExpressionAttributeNames: { '#by': 'by' },
          ExpressionAttributeValues: { ':by': { S: 'old' } },
        }),
      );
    case 'Delete':
      return leader.send(new DeleteItemCommand({ TableName, Key }));
    case 'TransactWrite':
      return leader.send(
        new TransactWriteItemsCommand({
          TransactItems: [{ Put: { TableName, Item: freshKey() } }, { Delete: { TableName, Key } }],
        }),
      );
  }
}

describe("the user's own condition", () => {
  test("fails as the user's error, without the old row that was not asked for", async () => {
    const Key = freshKey();
    const leader = fenced(client, termOf(2n));
    await leader.send(new PutItemCommand({ TableName, Item: Key }));
    const put = new PutItemCommand({
      TableName,
      Item: Key,
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    const error = await refusalOf(leader.send(put));
    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(error).not.toHaveProperty('Item');
  });

  test('shows the old row where it is asked for, without the stamp', async () => {
    const Key = freshKey();
    const leader = fenced(client, termOf(2n));
    await leader.send(new PutItemCommand({ TableName, Item: { ...Key, n: { N: '1' } } }));
    const put = new PutItemCommand({
      TableName,
      Item: Key,
      ConditionExpression: '(n = :two)',
      ExpressionAttributeValues: { ':two': { N: '2' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(await refusalOf(leader.send(put))).toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { ...Key, n: { N: '1' } },
    });
    expect(await refusalOf(leader.send(put))).not.toHaveProperty('Item.fencingToken');
  });

  test('does not hide a stale token by failing too', async () => {
    const Key = freshKey();
    await fenced(client, termOf(6n)).send(new PutItemCommand({ TableName, Item: Key }));
    const put = new PutItemCommand({
      TableName,
      Item: Key,
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    const error = await refusalOf(fenced(client, termOf(5n)).send(put));
    expect(error).toMatchObject({ code: 'STALE_TOKEN' });
  });

  test('with an OR of its own admits no stale token', async () => {
    const Key = freshKey();
    await fenced(client, termOf(6n)).send(new PutItemCommand({ TableName, Item: Key }));
    const put = new PutItemCommand({
      TableName,
      Item: Key,
      ConditionExpression: 'attribute_exists(pk) OR attribute_not_exists(pk)',
    });
    const error = await refusalOf(fenced(client, termOf(5n)).send(put));
    expect(error).toMatchObject({ code: 'STALE_TOKEN' });
  });

  test('may use the placeholders that the fence would take', async () => {
    const Key = freshKey();
    const leader = fenced(client, termOf(2n));
    const put = new PutItemCommand({
      TableName,
      Item: { ...Key, v: { N: '1' } },
      ConditionExpression: 'attribute_not_exists(#tenureFence) AND NOT #tenure_ = :tenureToken',
      ExpressionAttributeNames: { '#tenureFence': 'v', '#tenure_': 'w' },
      ExpressionAttributeValues: { ':tenureToken': { N: '1' } },
    });
    await leader.send(put);
    expect(await refusalOf(leader.send(put))).toMatchObject({
      name: 'ConditionalCheckFailedException',
    });
  });

  test('of one action in a transaction comes back as its cancellation reason', async () => {
    const [first, second] = [freshKey(), freshKey()];
    const leader = fenced(client, termOf(2n));
    await leader.send(new PutItemCommand({ TableName, Item: second }));
    const error = await refusalOf(
      leader.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName, Item: first } },
            {
              ConditionCheck: {
                TableName,
                Key: second,
                ConditionExpression: 'attribute_not_exists(pk)',
                ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
              },
            },
          ],
        }),
      ),
    );
    expect(error).toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: second }],
    });
  });
});

describe('an update', () => {
  const expressions = [
    ['no expression', undefined],
    ['SET', 'SET a = :v'],
    ['set in lower case', 'set a = :v'],
    ['REMOVE alone', 'REMOVE b'],
    ['ADD alone', 'ADD n :v'],
    ['all clauses', 'REMOVE b SET a = :v, c = if_not_exists(c, :v) ADD n :v'],
  ] as const;

  test.each(expressions)(
    'with %s does what it does without a fence',
    async (_title, expression) => {
      const [plainKey, fencedKey] = [freshKey(), freshKey()];
      const leader = fenced(client, termOf(4n));
      const old = { b: { S: 'old' }, n: { N: '3' } };
      await client.send(new PutItemCommand({ TableName, Item: { ...plainKey, ...old } }));
      await leader.send(new PutItemCommand({ TableName, Item: { ...fencedKey, ...old } }));
      const update = (Key: typeof plainKey) =>
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: expression,
          ...(expression?.includes(':v') && { ExpressionAttributeValues: { ':v': { N: '5' } } }),
          ReturnValues: 'ALL_NEW',
        });
      const plain = await client.send(update(plainKey));
      const stamped = await leader.send(update(fencedKey));
      expect({ ...stamped.Attributes, ...plainKey }).toEqual(plain.Attributes);
      expect((await stored(fencedKey))?.fencingToken).toEqual({ N: '4' });
    },
  );

  test.each(['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'] as const)(
    'returning %s returns what it would without a fence',
    async (ReturnValues) => {
      const leader = fenced(client, termOf(4n));
      const answers = [];
      for (const sender of [client, leader]) {
        const Key = freshKey();
        const update = (UpdateExpression: string | undefined) =>
          new UpdateItemCommand({ TableName, Key, UpdateExpression, ReturnValues });
        const sent = [];
        for (const expression of [undefined, 'REMOVE a', undefined]) {
          const { Attributes } = await sender.send(update(expression));
          sent.push(Attributes === undefined ? 'none' : new Set(Object.keys(Attributes)));
        }
        answers.push(sent);
      }
      expect(answers[1]).toEqual(answers[0]);
    },
  );

  test.each([
    'SET fencingToken = :v',
    'SET #f = :v',
    'ADD fencingToken :v',
    'SET a = :v, fencingTokenTombstone = :v',
  ])("that writes the fence's own attribute is refused: %s", async (UpdateExpression) => {
    const update = new UpdateItemCommand({
      TableName,
      Key: freshKey(),
      UpdateExpression,
      ...(UpdateExpression.includes('#f') && {
        ExpressionAttributeNames: { '#f': 'fencingToken' },
      }),
      ExpressionAttributeValues: { ':v': { N: '99' } },
    });
    const error = await refusalOf(fenced(client, termOf(4n)).send(update));
    expect(error).toMatchObject({ code: 'NOT_FENCEABLE' });
  });
});

describe('what cannot carry the stamp', () => {
  const key = { pk: { S: 'never' }, sk: { S: 'r' } };
  const commands = [
    () =>
      new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: key } }] } }),
    () => new ExecuteStatementCommand({ Statement: `INSERT INTO "${TableName}" VALUE {'pk':'x'}` }),
    () => new PutItemCommand({ TableName, Item: key, Expected: { pk: { Exists: false } } }),
    () =>
      new UpdateItemCommand({
        TableName,
        Key: key,
        AttributeUpdates: { a: { Action: 'PUT', Value: { S: 'x' } } },
      }),
    () => new PutItemCommand({ TableName, Item: { ...key, fencingToken: { N: '99' } } }),
    () => new DeleteTableCommand({ TableName }),
  ];
  test.each(commands.map((make) => [make().constructor.name, make] as const))(
    'is refused before it is sent: %s',
    async (_name, make) => {
      const sent: Promise<unknown> = fenced(client, termOf(1n)).send(make() as PutItemCommand);
      expect(await refusalOf(sent)).toMatchObject({ code: 'NOT_FENCEABLE' });
      expect(await stored(key)).toBeUndefined();
    },
  );

  test('says what to use instead', async () => {
    const batch = new BatchWriteItemCommand({ RequestItems: {} });
    const error = await refusalOf(fenced(client, termOf(1n)).send(batch));
    expect(String(error)).toMatch(/TransactWriteItems/);
  });

  test('is not a description of the table', async () => {
    const described = await fenced(client, termOf(1n)).send(
      new DescribeTableCommand({ TableName }),
    );
    expect(described.Table?.TableName).toBe(TableName);
  });
});

describe('the document client', () => {
  test('is fenced alike, and sees neither stamp nor marshalled values', async () => {
    const leader = fenced(DynamoDBDocumentClient.from(client), termOf(10n ** 20n));
    const Key = { pk: 'document#1', sk: 'r' };
    await leader.send(new PutCommand({ TableName, Item: { ...Key, list: [1, 'two'] } }));
    const { Attributes } = await leader.send(
      new UpdateCommand({
        TableName,
        Key,
        UpdateExpression: 'SET seen = :yes',
        ExpressionAttributeValues: { ':yes': true },
        ReturnValues: 'ALL_NEW',
      }),
    );
    expect(Attributes).toEqual({ ...Key, list: [1, 'two'], seen: true });
    const read = await leader.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    expect(JSON.parse(JSON.stringify(read.Item))).toEqual({ ...Key, list: [1, 'two'], seen: true });
    const gone = await leader.send(new DeleteCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }));
    expect(gone.Attributes).toEqual({ ...Key, list: [1, 'two'], seen: true });
    expect((await leader.send(new GetCommand({ TableName, Key }))).Item).toBeUndefined();
  });

  test('is refused below the stamp', async () => {
    const documents = DynamoDBDocumentClient.from(client);
    const put = new PutCommand({ TableName, Item: { pk: 'document#2', sk: 'r' } });
    await fenced(documents, termOf(3n)).send(put);
    const error = await refusalOf(fenced(documents, termOf(2n)).send(put));
    expect(error).toMatchObject({ code: 'STALE_TOKEN', token: 2n, highestToken: 3n });
  });

  test('made from a fenced client is fenced', async () => {
    const leader = DynamoDBDocumentClient.from(fenced(client, termOf(3n)));
    await leader.send(new PutCommand({ TableName, Item: { pk: 'document#3', sk: 'r' } }));
    const row = await stored({ pk: { S: 'document#3' }, sk: { S: 'r' } });
    expect(row?.fencingToken).toEqual({ N: '3' });
  });
});

describe('a client', () => {
  test('keeps its methods, its callbacks and its paginators behind the fence', async () => {
    const leader = fenced(DynamoDBDocument.from(client), termOf(3n));
    const key = { pk: 'document#4', sk: 'r' };
    await leader.put({ TableName, Item: { ...key, a: 1 } });
    const got = await new Promise((resolve, reject) => {
      const get = new GetCommand({ TableName, Key: key });
      void leader.send(get, (error, output) => (error ? reject(error) : resolve(output?.Item)));
    });
    expect(got).toEqual({ ...key, a: 1 });
    await leader.delete({ TableName, Key: key });
    const pages = paginateQuery(
      { client: leader },
      {
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': key.pk },
      },
    );
    for await (const page of pages) expect(page).toMatchObject({ Items: [], Count: 0 });
    expect((await stored({ pk: { S: key.pk }, sk: { S: key.sk } }))?.fencingToken).toEqual({
      N: '3',
    });
  });

  test("made with a copy of the fenced one's middleware is fenced", async () => {
    const Key = freshKey();
    const middlewareStack = { value: fenced(client, termOf(3n)).middlewareStack.clone() };
    const copy: DynamoDBClient = Object.create(client, { middlewareStack });
    await copy.send(new PutItemCommand({ TableName, Item: Key }));
    expect((await stored(Key))?.fencingToken).toEqual({ N: '3' });
  });

  test('shares its connections with the fenced one, which does not close them', async () => {
    fenced(client, termOf(1n)).destroy();
    await client.send(new DescribeTableCommand({ TableName }));
  });

  test('that is fenced already is refused', () => {
    const leader = fenced(client, termOf(1n));
    expect(() => fenced(leader, termOf(2n))).toThrow(/without a fence/);
    const made = DynamoDBDocumentClient.from(leader);
    expect(() => fenced(made, termOf(2n))).toThrow(/without a fence/);
  });

  test('that caches its handlers does not lend them to the fence', async () => {
    const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    using caching = new (class extends DynamoDBClient {
      [Symbol.dispose]() {
        this.destroy();
      }
    })({ ...table.clientConfig, cacheMiddleware: true });
    const Key = freshKey();
    const put = () => new PutItemCommand({ TableName, Item: Key });
    const leader = fenced<DynamoDBClient>(caching, termOf(3n));
    await caching.send(put());
    await leader.send(put(), {});
    await leader.send(put());
    expect((await stored(Key))?.fencingToken).toEqual({ N: '3' });
  });
});
