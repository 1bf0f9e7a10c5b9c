/** Generated writes and conditions on DynamoDB Local: stamps only rise, conditions keep their meaning. */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fenced } from '../../../lib/dynamodb/fence/fenced-write.ts';
import type { RowKey } from '../../support/dynamodb.ts';
import { termOf } from '../../support/fencing-term.ts';
import { tableOfFile } from '../../support/table-of-file.ts';

/** Few runs, because each one sends a dozen requests to a real engine. */
const RUNS = 200;

const { client, tableName: TableName, freshKey, stored } = await tableOfFile();

const kinds = ['put', 'update', 'delete', 'transact-put', 'transact-delete'] as const;

function write(
  leader: DynamoDBClient,
  kind: (typeof kinds)[number],
  Key: RowKey,
): Promise<unknown> {
  switch (kind) {
    case 'put':
      return leader.send(new PutItemCommand({ TableName, Item: Key }));
    case 'update':
      return leader.send(new UpdateItemCommand({ TableName, Key }));
    case 'delete':
      return leader.send(new DeleteItemCommand({ TableName, Key }));
    case 'transact-put':
      return leader.send(
        new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: Key } }] }),
      );
    case 'transact-delete':
      return leader.send(
        new TransactWriteItemsCommand({ TransactItems: [{ Delete: { TableName, Key } }] }),
      );
  }
}

test('stamps are monotone under any interleaving of writes and tokens', async () => {
  const step = fc.record({
    token: fc.bigInt({ min: 1n, max: 5n }),
    kind: fc.constantFrom(...kinds),
  });
  const together = fc.array(step, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(together, { minLength: 2, maxLength: 5 }), async (rounds) => {
      const key = freshKey();
      let stamp = 0n;
      for (const round of rounds) {
        const before = stamp;
        const sent = round.map(({ token, kind }) =>
          write(fenced(client, termOf(token)), kind, key),
        );
        const answers = await Promise.allSettled(sent);
        const after = BigInt((await stored(key))?.fencingToken?.N ?? 0);
        expect(after).toBeGreaterThanOrEqual(before);
        for (const [at, { token }] of round.entries()) {
          const answer = answers[at];
          if (answer?.status === 'fulfilled') {
            expect(token).toBeGreaterThanOrEqual(before);
            expect(after).toBeGreaterThanOrEqual(token);
          } else {
            expect(answer?.reason).toMatchObject({ code: 'STALE_TOKEN', token });
            expect(answer?.reason.highestToken).toBeGreaterThan(token);
          }
        }
        stamp = after;
      }
    }),
    { numRuns: RUNS / 2 },
  );
});

/** A condition of DynamoDB's grammar over the attributes of the rows below, keys among them. */
const { condition } = fc.letrec<{ condition: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    fc
      .constantFrom('pk', 'sk', '#a', 'b', 'm.x', 'm.#a', 'l[0]', 'nothing')
      .chain((path) =>
        fc.constantFrom(
          `attribute_exists(${path})`,
          `attribute_not_exists( ${path} )`,
          `${path} = :one`,
          `${path} <> :one`,
          `${path}<:two`,
          `${path} >= :text`,
          `${path} BETWEEN :one AND :two`,
          `${path} IN (:one, :text)`,
          `begins_with(${path}, :text)`,
          `contains(${path}, :text)`,
          `attribute_type (${path}, :type)`,
          `size(${path}) > :one`,
        ),
      ),
    fc.constantFrom('pk = sk', 'b < m.x', '#a <> b', 'pk <> nothing', 'size(pk) = size(sk)'),
  ),
  condition: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    tie('leaf'),
    tie('condition').map((inner) => `NOT ${closed(inner)}`),
    fc
      .tuple(tie('condition'), fc.constantFrom('AND', 'or', 'OR'), tie('condition'))
      .map(([left, operator, right]) => `${closed(left)} ${operator} ${closed(right)}`),
    tie('condition').map(closed),
  ),
}));

/** Puts the text in one pair of parentheses: DynamoDB refuses a second pair. */
function closed(text: string): string {
  return text.startsWith('(') && text.endsWith(')') && balanced(text.slice(1, -1))
    ? text
    : `(${text})`;
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const letter of text) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

const NAMES = { '#a': 'a' };
const VALUES = { ':one': { N: '1' }, ':two': { N: '2' }, ':text': { S: 'r' }, ':type': { S: 'S' } };

/** Only what the expression names: DynamoDB refuses the rest as unused. */
function placeholders(text: string) {
  const used = <T>(map: Record<string, T>) => {
    const entries = Object.entries(map).filter(([name]) => text.includes(name));
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };
  return { ExpressionAttributeNames: used(NAMES), ExpressionAttributeValues: used(VALUES) };
}

const scalar = fc.constantFrom<AttributeValue>({ N: '1' }, { N: '2' }, { S: 'r' }, { S: 'rest' });
const attributes = fc.record(
  {
    a: scalar,
    b: scalar,
    m: scalar.map((x) => ({ M: { x, a: x } })),
    l: scalar.map((x) => ({ L: [x] })),
  },
  { requiredKeys: [] },
);

type Before = 'absent' | 'row' | 'deleted';

async function prepare(sender: DynamoDBClient, key: RowKey, before: Before, row: object) {
  if (before !== 'absent') {
    await sender.send(new PutItemCommand({ TableName, Item: { ...key, ...row } }));
  }
  if (before === 'deleted') await sender.send(new DeleteItemCommand({ TableName, Key: key }));
}

async function outcomeOf(sender: DynamoDBClient, kind: string, key: RowKey, text: string) {
  const condition = { ConditionExpression: text, ...placeholders(text) };
  const old = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  const sent = (): Promise<object> => {
    switch (kind) {
      case 'put':
        return sender.send(new PutItemCommand({ TableName, Item: key, ...condition, ...old }));
      case 'update':
        return sender.send(new UpdateItemCommand({ TableName, Key: key, ...condition, ...old }));
      case 'delete':
        return sender.send(new DeleteItemCommand({ TableName, Key: key, ...condition, ...old }));
      default:
        return sender.send(
          new TransactWriteItemsCommand({
            TransactItems: [{ ConditionCheck: { TableName, Key: key, ...condition, ...old } }],
          }),
        );
    }
  };
  return sent().then(
    () => 'holds',
    (error) => [error.name, withoutKey(error.Item ?? error.CancellationReasons?.[0]?.Item)],
  );
}

function withoutKey(item: Record<string, AttributeValue> | undefined) {
  const { pk: _, sk: __, ...rest } = item ?? {};
  return item && rest;
}

test('a condition means with the fence what it means without', async () => {
  const seen = { holds: 0, fails: 0, invalid: 0, deleted: 0 };
  await fc.assert(
    fc.asyncProperty(
      condition,
      attributes,
      fc.constantFrom<Before>('absent', 'row', 'deleted'),
      fc.constantFrom('put', 'update', 'delete', 'check'),
      async (text, row, before, kind) => {
        const [plainKey, fencedKey] = [freshKey(), freshKey()];
        const leader = fenced(client, termOf(2n));
        await prepare(client, plainKey, before, row);
        await prepare(leader, fencedKey, before, row);
        const plain = await outcomeOf(client, kind, plainKey, text);
        expect(await outcomeOf(leader, kind, fencedKey, text)).toEqual(plain);
        if (plain === 'holds') seen.holds += 1;
        else seen[plain[0] === 'ValidationException' ? 'invalid' : 'fails'] += 1;
        if (before === 'deleted') seen.deleted += 1;
        // No condition lets a stale token pass the stamp either.
        if ((await stored(fencedKey)) === undefined) return;
        const stale = fenced(client, termOf(1n));
        expect(await outcomeOf(stale, kind, fencedKey, text)).not.toBe('holds');
      },
    ),
    { numRuns: RUNS },
  );
  // Otherwise the generated conditions would prove little.
  expect(seen.holds).toBeGreaterThan(RUNS / 10);
  expect(seen.fails).toBeGreaterThan(RUNS / 10);
  expect(seen.deleted).toBeGreaterThan(RUNS / 10);
  expect(seen.invalid).toBeLessThan(RUNS / 4);
});
