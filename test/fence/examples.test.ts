/** The examples of docs/fencing.md, run as they stand, and the page's snippets compared with them. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  GetItemCommand as GetEntity,
  PutItemCommand as PutEntity,
  UpdateItemCommand as UpdateEntity,
} from 'dynamodb-toolbox';
import type pg from 'pg';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { importFrom } from '../../examples/fencing/checkpoint.ts';
import { ordersOf as toolboxOrders } from '../../examples/fencing/dynamodb-toolbox.ts';
import { ordersOf as electroOrders } from '../../examples/fencing/electrodb.ts';
import { printerHandler, printPage } from '../../examples/fencing/http-guard.ts';
import { forget, pay } from '../../examples/fencing/lease-check.ts';
import { settle } from '../../examples/fencing/postgres.ts';
import { order, ordersHandler } from '../../examples/fencing/queue-guard.ts';
import { take } from '../../examples/fencing/same-term.ts';
import { closeDay } from '../../examples/fencing/stamp.ts';
import { createLeaseTable, dynamoDbLease, TABLE_DEFINITION } from '../../lib/dynamodb/index.ts';
import { fenceTableSql, raiseFenceStatement } from '../../lib/fence/index.ts';
import { createElection, type Term } from '../../lib/index.ts';
import { startSqsLocal } from '../../lib/local/index.ts';
import { ROOT } from '../architecture/source.ts';
import { type FreshTable, freshTable } from '../support/dynamodb.ts';
import { termOf } from '../support/fencing-term.ts';
import { holdingClient } from '../support/network/held-attempt.ts';
import { type Connection, startPostgres } from '../support/programs/postgres.ts';

let fresh: FreshTable;
let client: DynamoDBClient;
let documents: DynamoDBDocumentClient;

beforeAll(async () => {
  fresh = await freshTable();
  client = fresh.client;
  documents = DynamoDBDocumentClient.from(client);
  for (const name of ['books', 'stocks', 'payments', 'sessions', 'imports']) {
    await createTable(name);
  }
  return () => fresh[Symbol.dispose]();
});

async function createTable(TableName: string): Promise<void> {
  const { KeySchema, AttributeDefinitions, BillingMode } = TABLE_DEFINITION;
  await client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [...KeySchema],
      AttributeDefinitions: [...AttributeDefinitions],
      BillingMode,
    }),
  );
}

/** The examples take a whole term; this one has only the parts that a fence reads. */
const term = (token: bigint) => {
  const made = { ...termOf(token), signal: new AbortController().signal };
  return made as typeof made & Term;
};

const stored = async (TableName: string, pk: string, sk: string) =>
  (await client.send(new GetItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: sk } } })))
    .Item;

test('stamp: a day is closed once, and not by a stale leader', async () => {
  expect(await closeDay(term(2n), documents, 'monday')).toBe('closed');
  expect(await closeDay(term(2n), documents, 'monday')).toBe('already closed');
  expect(await closeDay(term(1n), documents, 'monday')).toBe('left to the next leader');
});

test('stamp: a day that an attempt without an answer may have closed is not known', async () => {
  using network = holdingClient({ ...fresh.clientConfig, maxAttempts: 2 });
  const old = term(3n);
  network.holdNext();
  const closing = closeDay(old, DynamoDBDocumentClient.from(network.client), 'tuesday');
  await network.held();
  old.end();
  expect(await closing).toBe('not known');
});

test('same term: an attempt that lands late takes nothing back', async () => {
  using network = holdingClient({ ...fresh.clientConfig, maxAttempts: 2 });
  const slow = DynamoDBDocumentClient.from(network.client);
  const amount = async () => (await stored('stocks', 'stock#nails', 'stock'))?.amount;
  expect(await take(term(1n), documents, 'nails', -10)).toBe(10);
  // The read is answered; the write is held, and the SDK sends it again.
  network.holdNext('PutItem');
  expect(await take(term(1n), slow, 'nails', 1)).toBe(9);
  expect(await take(term(1n), slow, 'nails', 2)).toBe(7);
  await network.letGo();
  expect(await amount()).toEqual({ N: '7' });
});

test('lease check: a real term pays and forgets; an ended one does neither', async () => {
  const tableName = `${fresh.tableName}-elections`;
  await createLeaseTable(client, tableName);
  const via = dynamoDbLease({ tableName, clientConfig: fresh.clientConfig });
  const [first, second] = [0, 1].map(() => createElection({ name: 'payments', via }));
  const old = await first?.campaign();
  if (old === undefined) throw new Error('elected');
  await pay(old, client, 'one');
  expect(await stored('payments', 'payment#one', 'payment')).toBeDefined();
  const session = { pk: { S: 'session#one' }, sk: { S: 'session' } };
  await client.send(new PutItemCommand({ TableName: 'sessions', Item: session }));
  await forget(old, client, 'one');
  expect(await stored('sessions', 'session#one', 'session')).toBeUndefined();

  await old.resign();
  await using newer = await second?.campaign();
  expect(newer?.token).toBe(old.token + 1n);
  // The term as a frozen process sees it: it never learned that the term is over.
  const frozen = new Proxy(old, {
    get: (target, name) => (name === 'throwIfOver' ? () => undefined : Reflect.get(target, name)),
  });
  await expect(pay(frozen, client, 'two')).rejects.toMatchObject({
    code: 'STALE_TOKEN',
    highestToken: newer?.token,
  });
  await expect(pay(old, client, 'three')).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
});

test('ElectroDB: creates, patches, removes and creates again, and a stale leader does nothing', async () => {
  const orders = electroOrders(term(2n), documents, fresh.tableName);
  await orders.create({ id: 'a', state: 'open', total: 5 }).go();
  await orders.patch({ id: 'a' }).set({ state: 'settled' }).add({ total: 1 }).go();
  expect((await orders.get({ id: 'a' }).go()).data).toEqual({
    id: 'a',
    state: 'settled',
    total: 6,
  });
  await orders.remove({ id: 'a' }).go();
  expect((await orders.get({ id: 'a' }).go()).data).toBeNull();
  expect((await orders.query.byId({ id: 'a' }).go()).data).toEqual([]);

  const stale = electroOrders(term(1n), documents, fresh.tableName);
  const late = stale.create({ id: 'a', state: 'open', total: 7 }).go();
  // ElectroDB wraps what the client throws.
  await expect(late).rejects.toMatchObject({ cause: { code: 'STALE_TOKEN', highestToken: 2n } });
  await orders.create({ id: 'a', state: 'open', total: 8 }).go();
  expect((await orders.get({ id: 'a' }).go()).data?.total).toBe(8);
  const batch = orders.put([{ id: 'b', state: 'open', total: 1 }]).go();
  await expect(batch).rejects.toThrow(/BatchWriteItem/);
});

test('DynamoDB-Toolbox: puts and updates, and a stale leader does nothing', async () => {
  const orders = toolboxOrders(term(2n), documents, fresh.tableName);
  await orders.build(PutEntity).item({ id: 't', state: 'open', total: 5 }).send();
  await orders.build(UpdateEntity).item({ id: 't', state: 'settled' }).send();
  const { Item } = await orders.build(GetEntity).key({ id: 't' }).send();
  expect(Item).toMatchObject({ id: 't', state: 'settled', total: 5 });
  expect(Item).not.toHaveProperty('fencingToken');
  const stale = toolboxOrders(term(1n), documents, fresh.tableName);
  const late = stale.build(PutEntity).item({ id: 't', state: 'open', total: 9 }).send();
  await expect(late).rejects.toMatchObject({ code: 'STALE_TOKEN', highestToken: 2n });
});

test('checkpoint: the next leader goes on where the last one stopped', async () => {
  const lines = ['a', 'b', 'c'];
  const source = (upTo: number) => async (offset: number) => lines.slice(offset, upTo).slice(0, 1);
  expect(await importFrom(term(1n), client, source(2))).toBe(2);
  expect(await importFrom(term(2n), client, source(3))).toBe(3);
  await expect(importFrom(term(1n), client, source(3))).rejects.toMatchObject({
    code: 'STALE_TOKEN',
  });
});

test('HTTP: the printer takes pages from the newest leader alone', async () => {
  const pages: string[] = [];
  const handler = printerHandler(client, fresh.tableName, async (page) => void pages.push(page));
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const answer = await handler({ headers: request.headers, body } as never, {} as never);
    response.writeHead(answer.statusCode ?? 500, answer.headers as never).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await printPage(term(2n), url, 'new');
  await expect(printPage(term(1n), url, 'old')).rejects.toMatchObject({ code: 'STALE_TOKEN' });
  expect(pages).toEqual(['new']);
});

test('SQS: the consumer reports the stale order as failed', async () => {
  await using queues = await startSqsLocal();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const sqs = new SQSClient({ endpoint: queues.endpoint, region: 'us-east-1', credentials });
  onTestFinished(() => sqs.destroy());
  const create = { QueueName: 'orders.fifo', Attributes: { FifoQueue: 'true' } };
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand(create));
  await order(term(2n), sqs, QueueUrl, 'book');
  await order(term(1n), sqs, QueueUrl, 'book');
  const shipped: string[] = [];
  const handler = ordersHandler(client, fresh.tableName, async (item) => void shipped.push(item));
  const deliver = async () => {
    const MessageAttributeNames = ['All'];
    const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames }));
    const [message] = received.Messages ?? [];
    const token = message?.MessageAttributes?.FencingToken?.StringValue;
    const record = {
      messageId: message?.MessageId,
      body: message?.Body,
      messageAttributes: { FencingToken: { stringValue: token } },
    };
    const answer = await handler({ Records: [record] } as never, {} as never);
    const done = answer?.batchItemFailures.length === 0;
    const ReceiptHandle = message?.ReceiptHandle;
    if (done) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    return done ? token : `${token} failed`;
  };
  expect([await deliver(), await deliver()]).toEqual(['2', '1 failed']);
  expect(shipped).toEqual(['book']);
});

test('PostgreSQL: the stale leader settles nothing', async () => {
  await using postgres = await startPostgres();
  const connection = await postgres.connect();
  await connection.query(fenceTableSql());
  await connection.query('CREATE TABLE orders (id text PRIMARY KEY, settled boolean)');
  await connection.query("INSERT INTO orders VALUES ('a', false), ('b', false)");
  const asClient = (given: Connection) => given as unknown as pg.Client;
  await settle(term(2n), asClient(connection), 'a');
  const late = settle(term(1n), asClient(connection), 'b');
  await expect(late).rejects.toMatchObject({ code: 'STALE_TOKEN' });
  const { rows } = await connection.query('SELECT id FROM orders WHERE settled');
  expect(rows).toEqual([{ id: 'a' }]);
});

describe('docs/fencing.md', () => {
  const page = readFileSync(join(ROOT, 'docs/fencing.md'), 'utf8');

  test('shows the examples that run, with the names by which a user imports them', () => {
    const shown = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
    const files = [...page.matchAll(/`(examples\/fencing\/[a-z-]+\.ts)`/g)].map(([, file]) => file);
    expect(shown.length).toBe(9);
    expect(files).toHaveLength(shown.length);
    expect(shown).toEqual(files.map((file) => asUserWritesIt(file ?? '')));
  });

  test('shows the SQL that is sent', () => {
    const [, shown = ''] = /^```sql\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const { text } = raiseFenceStatement({ election: 'reports', token: 1n, remainingMs: 1 });
    expect(shown.trim().replace(/\s+/g, ' ')).toBe(text);
  });
});

function asUserWritesIt(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
    .replace(/^\/\*\*[\s\S]*?\*\/\n/, '')
    .replace(/'\.\.\/\.\.\/lib\/(\w+)\/index\.ts'/g, "'tenure/$1'")
    .replace("'../../lib/index.ts'", "'tenure'");
}
