/** One contract for the places that keep a guard's tokens, and the guard on top of them. */
import {
  DynamoDBClient as Client,
  type DynamoDBClient,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoDbFence } from '../../lib/dynamodb/fence/dynamodb-fence.ts';
import { fenceGuard, memoryFence } from '../../lib/fence/index.ts';
import { type FreshTable, freshTable } from '../support/dynamodb.ts';
import { scriptedDynamoDb } from '../support/network/scripted-dynamodb.ts';

let table: FreshTable;
let client: DynamoDBClient;
let resources = 0;

beforeAll(async () => {
  table = await freshTable();
  client = table.client;
});
afterAll(() => table[Symbol.dispose]());

function freshResource() {
  resources += 1;
  return `printer-${resources}`;
}

/** Two ways in which guards of one resource reach its store: they share one, or each opens its own. */
const stores = {
  memory: () => {
    const shared = memoryFence();
    return () => shared;
  },
  'a DynamoDB row': () => () => dynamoDbFence({ client, tableName: table.tableName }),
};

describe.each(Object.entries(stores))('a guard that keeps its tokens in %s', (_name, storeOf) => {
  test('admits the first token, an equal and a higher one', async () => {
    const guard = fenceGuard({ store: storeOf()() });
    const resource = freshResource();
    for (const token of [3n, 3n, 5n, 10n ** 20n]) {
      expect(await guard.admit({ resource, token })).toMatchObject({ kind: 'admitted', token });
    }
  });

  test('admits no token that is out of all proportion, and stays open for those that are not', async () => {
    const guard = fenceGuard({ store: storeOf()() });
    const [fresh, known] = [freshResource(), freshResource()];
    await guard.admit({ resource: known, token: 5n });
    const nines = 10n ** 38n - 1n;
    for (const resource of [fresh, known]) {
      expect(await guard.admit({ resource, token: nines })).toMatchObject({ kind: 'implausible' });
      const thrown = guard.admitOrThrow({ resource, token: nines });
      await expect(thrown).rejects.toMatchObject({ code: 'MALFORMED_DATA' });
      expect(await guard.admit({ resource, token: 6n })).toMatchObject({ kind: 'admitted' });
    }
  });

  test('takes a step of the size that it was given, and none that is larger', async () => {
    const guard = fenceGuard({ store: storeOf()(), stepMax: 10n });
    const resource = freshResource();
    const kinds: string[] = [];
    for (const token of [11n, 10n, 21n, 20n, 30n, 41n]) {
      kinds.push((await guard.admit({ resource, token })).kind);
    }
    const [yes, no] = ['admitted', 'implausible'];
    expect(kinds).toEqual([no, yes, no, yes, yes, no]);
  });

  test('rejects a lower token, names both tokens, and tells its listener', async () => {
    const told: unknown[] = [];
    const guard = fenceGuard({ store: storeOf()(), onRejected: (found) => told.push(found) });
    const resource = freshResource();
    await guard.admit({ resource, token: 9n });
    const rejection = { kind: 'rejected', resource, token: 8n, highestToken: 9n };
    expect(await guard.admit({ resource, token: 8n })).toEqual(rejection);
    expect(told).toEqual([rejection]);
    await expect(guard.admitOrThrow({ resource, token: 8n })).rejects.toMatchObject({
      code: 'STALE_TOKEN',
      token: 8n,
      highestToken: 9n,
    });
  });

  test('keeps resources apart', async () => {
    const guard = fenceGuard({ store: storeOf()() });
    await guard.admit({ resource: freshResource(), token: 9n });
    const other = { resource: freshResource(), token: 1n };
    expect(await guard.admit(other)).toMatchObject({ kind: 'admitted' });
  });

  test('admits no smaller token after a larger one, however claims interleave', async () => {
    const claims = fc.array(fc.bigInt({ min: 1n, max: 6n }), { minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(claims, fc.integer({ min: 1, max: 4 }), async (tokens, width) => {
        const store = storeOf();
        const resource = freshResource();
        let highest = 0n;
        for (let at = 0; at < tokens.length; at += width) {
          const before = highest;
          const batch = tokens.slice(at, at + width);
          const answers = await Promise.all(
            batch.map((token) => fenceGuard({ store: store() }).admit({ resource, token })),
          );
          for (const answer of answers) {
            if (answer.kind === 'rejected') {
              expect(answer.highestToken).toBeGreaterThan(answer.token);
              continue;
            }
            expect(answer.token).toBeGreaterThanOrEqual(before);
            if (answer.token > highest) highest = answer.token;
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a guard in DynamoDB', () => {
  test('is one for all processes', async () => {
    const resource = freshResource();
    const storeOf = stores['a DynamoDB row']();
    const [one, two] = [storeOf(), storeOf()];
    await fenceGuard({ store: one }).admit({ resource, token: 4n });
    await fenceGuard({ store: two }).admit({ resource, token: 5n });
    const answer = await fenceGuard({ store: one }).admit({ resource, token: 4n });
    expect(answer).toMatchObject({ kind: 'rejected', highestToken: 5n });
  });

  test('writes when the token rises, reads when it is the known one, asks nothing below', async () => {
    await using scripted = await scriptedDynamoDb(table.endpoint);
    const own = new Client({ ...table.clientConfig, endpoint: scripted.endpoint });
    const guard = fenceGuard({ store: dynamoDbFence({ client: own, tableName: table.tableName }) });
    const resource = freshResource();
    for (const token of [4n, 4n, 5n, 4n, 5n]) await guard.admit({ resource, token });
    own.destroy();
    expect(scripted.operations).toEqual(['UpdateItem', 'GetItem', 'UpdateItem', 'GetItem']);
    const Key = { pk: { S: `fence#${resource}` }, sk: { S: 'fence' } };
    const { Item } = await client.send(new GetItemCommand({ TableName: table.tableName, Key }));
    expect(Item).toEqual({ ...Key, token: { N: '5' } });
  });
});

test('a guard needs a store, and a step', () => {
  expect(() => fenceGuard({ store: memoryFence(), stepMax: 0n })).toThrow(/stepMax/);
  expect(() => fenceGuard({ store: undefined as never })).toThrow(/memoryFence/);
});
