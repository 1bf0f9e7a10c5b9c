/**
 * A token of 20 digits, as SQS makes them, passes unchanged through everything that carries a token. A
 * double would round the last four.
 */
import { randomUUID } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { structuredLogs } from '../../lib/cloudwatch/index.ts';
import { fenced } from '../../lib/dynamodb/index.ts';
import { formatToken, isTenureError, parseToken, type Term } from '../../lib/index.ts';
import { freshTable } from '../support/dynamodb.ts';
import { createSeededQueue, electionOver, nameOf, strictSqs } from './queues.ts';

const TOKEN = 18_889_999_999_999_999_873n;

/** A term whose token has 20 digits, and what the logs say of it. */
async function prepare() {
  const sqs = await strictSqs();
  const queueUrl = await createSeededQueue(sqs);
  sqs.numberFrom(nameOf(queueUrl), TOKEN - 2n);
  const lines: string[] = [];
  const journal = structuredLogs({ write: (line) => lines.push(line) });
  const term = await electionOver(sqs, queueUrl, { journal }).campaign();
  const table = await freshTable();
  onTestFinished(async () => {
    await term.resign();
    table[Symbol.dispose]();
  });
  const Key = { pk: { S: randomUUID() }, sk: { S: 'row' } };
  return { term, table, lines, Key };
}

it('is the token of the term, in JSON and in logs', async () => {
  const { term, lines } = await prepare();
  expect(term.token).toBe(TOKEN);
  const text = JSON.stringify({ token: formatToken(term.token) });
  expect(parseToken((JSON.parse(text) as { token: string }).token)).toBe(TOKEN);
  expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
    expect.objectContaining({ event: 'elected', token: '18889999999999999873' }),
  );
});

it('is the stamp of a row, and refuses the token below it by one', async () => {
  const { term, table, Key } = await prepare();
  const TableName = table.tableName;
  await fenced(table.client, term).send(new PutItemCommand({ TableName, Item: Key }));
  const { Item } = await table.client.send(new GetItemCommand({ TableName, Key }));
  expect(Item?.fencingToken).toEqual({ N: '18889999999999999873' });

  const stale: Term = { ...term, token: TOKEN - 1n };
  const error = await fenced(table.client, stale)
    .send(new PutItemCommand({ TableName, Item: Key }))
    .catch((reason: unknown) => reason);

  if (!isTenureError(error, 'STALE_TOKEN')) throw error;
  expect(error.highestToken).toBe(TOKEN);
  expect(error.message).toContain('18889999999999999872');
  expect(error.message).toContain('18889999999999999873');
});

it('does not come back through the document client, where JSON.stringify would fail on it', async () => {
  const { term, table, Key } = await prepare();
  const client = fenced(DynamoDBDocumentClient.from(table.client), term);
  const key = { pk: Key.pk.S, sk: Key.sk.S };
  const TableName = table.tableName;
  await client.send(new PutCommand({ TableName, Item: { ...key, done: 3 } }));
  const { Item } = await client.send(new GetCommand({ TableName, Key: key }));
  expect(JSON.parse(JSON.stringify(Item))).toEqual({ ...key, done: 3 });
});
