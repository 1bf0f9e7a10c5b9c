/** A checkpoint on DynamoDB Local: taking over loses nothing, and what comes back is what was saved. */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkpoint } from '../../../lib/dynamodb/checkpoint/checkpoint.ts';
import { CHECKPOINT_BYTES_MAX } from '../../../lib/dynamodb/checkpoint/checkpoint-state.ts';
import { fenced } from '../../../lib/dynamodb/fence/fenced-write.ts';
import type { SdkClient } from '../../../lib/dynamodb/fence/layered-client.ts';
import { recordReference } from '../../../lib/dynamodb/table/record-reference.ts';
import { leaseKeyOf } from '../../../lib/dynamodb/table/schema.ts';
import { type FreshTable, freshTable } from '../../support/dynamodb.ts';
import { refusalOf, termOf } from '../../support/fencing-term.ts';

let table: FreshTable;
let client: DynamoDBClient;
let rows = 0;

beforeAll(async () => {
  table = await freshTable();
  client = table.client;
});
afterAll(() => table[Symbol.dispose]());

interface Done {
  readonly done: readonly string[];
}
const parse = (state: unknown) => state as Done;
function freshKey() {
  rows += 1;
  return { pk: `checkpoint#${rows}`, sk: 'c' };
}

function checkpointOf(
  token: bigint,
  key: ReturnType<typeof freshKey>,
  through: SdkClient = client,
) {
  const options = { client: through, tableName: table.tableName, key, schemaVersion: 1, parse };
  return checkpoint<Done>(termOf(token), options);
}

describe('a checkpoint', () => {
  test('is empty at first, and then what the last leader saved', async () => {
    const key = freshKey();
    const first = checkpointOf(1n, key);
    expect(await first.load()).toBeUndefined();
    await first.save({ done: ['a'] });
    await first.save({ done: ['a', 'b'] });
    expect(await checkpointOf(2n, key).load()).toEqual({ done: ['a', 'b'] });
  });

  test("refuses an older leader's save from the moment it was loaded", async () => {
    const key = freshKey();
    const old = checkpointOf(1n, key);
    await old.load();
    await old.save({ done: ['a'] });
    const next = checkpointOf(2n, key);
    const taken = await next.load();
    const late = await refusalOf(old.save({ done: ['a', 'late'] }));
    expect(late).toMatchObject({ code: 'STALE_TOKEN', token: 1n, highestToken: 2n });
    await next.save({ done: [...(taken?.done ?? []), 'b'] });
    expect(await checkpointOf(3n, key).load()).toEqual({ done: ['a', 'b'] });
  });

  test('keeps an update that a plain read loses', async () => {
    const Key = freshKey();
    const old = checkpointOf(1n, Key);
    await old.load();
    await old.save({ done: ['a'] });

    // The new leader reads without raising the stamp, and builds on what it read.
    const documents = DynamoDBDocumentClient.from(client);
    const { GetCommand, PutCommand } = await import('@aws-sdk/lib-dynamodb');
    const TableName = table.tableName;
    const read = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    const seen: Done = JSON.parse(read.Item?.checkpoint);
    // The old leader's save arrives in between, and the store acknowledges it.
    await old.save({ done: ['a', 'acknowledged'] });
    const built = JSON.stringify({ done: [...seen.done, 'b'] });
    await fenced(documents, termOf(2n)).send(
      new PutCommand({ TableName, Item: { ...Key, checkpoint: built, schemaVersion: 1 } }),
    );
    const lost = await checkpointOf(3n, Key).load();
    expect(lost?.done).not.toContain('acknowledged');
  });

  test('may not be saved before it was loaded', async () => {
    const error = await refusalOf(checkpointOf(1n, freshKey()).save({ done: [] }));
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
  });

  test('works through the document client', async () => {
    const key = freshKey();
    const documents = DynamoDBDocumentClient.from(client);
    const first = checkpointOf(1n, key, documents);
    await first.load();
    await first.save({ done: ['a'] });
    expect(await checkpointOf(2n, key, documents).load()).toEqual({ done: ['a'] });
  });

  test('with a lease check is refused once another is elected', async () => {
    const key = freshKey();
    const lease = recordReference({ tableName: table.tableName, key: leaseKeyOf(key.pk) });
    const record = (token: string, holder: string) =>
      client.send(
        new PutItemCommand({
          TableName: table.tableName,
          Item: {
            pk: { S: lease.key.pk },
            sk: { S: lease.key.sk },
            token: { N: token },
            holder: { S: holder },
          },
        }),
      );
    await record('1', 'me');
    const checked = checkpoint<Done>(termOf(1n, { candidateId: 'me', lease }), {
      client,
      tableName: table.tableName,
      key,
      schemaVersion: 1,
      parse,
      fence: { check: 'lease' },
    });
    expect(await checked.load()).toBeUndefined();
    await checked.save({ done: ['a'] });
    expect(await checked.load()).toEqual({ done: ['a'] });
    await record('2', 'other');
    expect(await refusalOf(checked.save({ done: [] }))).toMatchObject({ code: 'STALE_TOKEN' });
  });
});

describe('a state', () => {
  test('of an older schema is told its version, of a newer one is refused', async () => {
    const key = freshKey();
    const options = { client, tableName: table.tableName, key };
    const first = checkpoint<string[]>(termOf(1n), {
      ...options,
      schemaVersion: 1,
      parse: (state) => state as string[],
    });
    await first.load();
    await first.save(['a']);
    const second = checkpoint<Done>(termOf(1n), {
      ...options,
      schemaVersion: 2,
      parse: (state, version) => (version === 1 ? { done: state as string[] } : (state as Done)),
    });
    expect(await second.load()).toEqual({ done: ['a'] });
    await second.save({ done: ['a', 'b'] });
    expect(await second.load()).toEqual({ done: ['a', 'b'] });
    expect(await refusalOf(first.load())).toMatchObject({ code: 'UNSUPPORTED_FORMAT' });
  });

  test('that parse refuses is a typed error, and stays as it is', async () => {
    const key = freshKey();
    const saving = checkpointOf(1n, key);
    await saving.load();
    await saving.save({ done: ['a'] });
    const refusing = checkpoint(termOf(1n), {
      client,
      tableName: table.tableName,
      key,
      schemaVersion: 1,
      parse: () => {
        throw new Error('not mine');
      },
    });
    expect(await refusalOf(refusing.load())).toMatchObject({
      code: 'MALFORMED_DATA',
      cause: { message: 'not mine' },
    });
    // The fence must not let the leader replace this state either: the leader did not take it over.
    expect(await refusalOf(refusing.save({} as never))).toMatchObject({ code: 'INVALID_OPTIONS' });
    expect(await checkpointOf(1n, key).load()).toEqual({ done: ['a'] });
  });

  const circular: unknown[] = [];
  circular.push(circular);
  test.each([
    ['undefined', undefined, 'state is of type undefined'],
    ['a bigint', { n: 1n }, 'state.n is of type bigint'],
    ['a date', { at: [new Date()] }, 'state.at[0] is a Date'],
    ['a map', new Map(), 'state is a Map'],
    ['not a number', { n: Number.NaN }, 'state.n is NaN'],
    ['itself', circular, 'state[0] contains itself'],
  ])('that is or contains %s is refused, with the path to it', async (_title, state, problem) => {
    const saving = checkpointOf(1n, freshKey());
    await saving.load();
    const error = await refusalOf(saving.save(state as unknown as Done));
    expect(error).toMatchObject({
      code: 'MALFORMED_DATA',
      message: expect.stringContaining(problem),
    });
  });

  test('fits up to the stated size, and is refused above it before it is sent', async () => {
    const key = freshKey();
    const saving = checkpointOf(1n, key);
    await saving.load();
    const largest = { done: ['x'.repeat(CHECKPOINT_BYTES_MAX - '{"done":[""]}'.length)] };
    await saving.save(largest);
    expect(await saving.load()).toEqual(largest);
    const error = await refusalOf(saving.save({ done: [`${largest.done[0]}x`] }));
    expect(error).toMatchObject({ code: 'TOO_LARGE' });
  });
});

test('the row holds the text with its id, the version and the stamp', async () => {
  const key = freshKey();
  const saving = checkpointOf(7n, key);
  await saving.load();
  await saving.save({ done: ['a'] });
  const Key = { pk: { S: key.pk }, sk: { S: key.sk } };
  const { Item } = await client.send(new GetItemCommand({ TableName: table.tableName, Key }));
  expect(Item).toEqual({
    ...Key,
    checkpoint: { S: '{"done":["a"]}' },
    checkpointId: { S: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    schemaVersion: { N: '1' },
    fencingToken: { N: '7' },
  });
});
