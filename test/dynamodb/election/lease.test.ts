import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkLeaseTable,
  createLeaseTable,
  dynamoDbLease,
  leaseKeyOf,
} from '../../../lib/dynamodb/index.ts';
import { createElection } from '../../../lib/index.ts';
import { type FreshTable, freshTable } from '../../support/dynamodb.ts';
import { startFaultProxy } from '../../support/network/fault-proxy.ts';

const timings = { leaseDurationMs: 3_000, renewIntervalMs: 900 };
let table: FreshTable;
beforeAll(async () => {
  table = await freshTable();
});
afterAll(() => table[Symbol.dispose]());

function elect(name: string, clientConfig = table.clientConfig, tableName = table.tableName) {
  const via = dynamoDbLease({ tableName, clientConfig });
  return createElection({ name, via, timings });
}

const keyOf = (name: string) => {
  const { pk, sk } = leaseKeyOf(name);
  return { pk: { S: pk }, sk: { S: sk } };
};

describe('an election on DynamoDB', () => {
  test('goes from one leader to the next, and never backwards', async () => {
    const [a, b] = [elect('two'), elect('two')];
    const tokens: bigint[] = [];
    for (const election of [a, b, a, b]) {
      const term = await election.campaign();
      tokens.push(term.token);
      expect(await (election === a ? b : a).tryCampaign()).toBeUndefined();
      await term.resign();
    }
    expect(tokens).toEqual([1n, 2n, 3n, 4n]);
  });

  test('shows an observer its leader, and then that none leads', async () => {
    const watch = new AbortController();
    const leaders = elect('watched').observe({ signal: watch.signal });
    expect((await leaders.next()).value).toBeUndefined();
    const leader = elect('watched');
    const term = await leader.campaign();
    expect((await leaders.next()).value).toMatchObject({
      candidateId: leader.candidateId,
      token: 1n,
      state: 'leading',
    });
    await term.resign();
    expect((await leaders.next()).value).toBeUndefined();
    watch.abort();
    expect((await leaders.next()).done).toBe(true);
  });

  test.each<[string, (given: DynamoDBClient) => Parameters<typeof dynamoDbLease>[0]]>([
    [
      'a config',
      ({ config }) => ({ clientConfig: { ...table.clientConfig, endpoint: config.endpoint } }),
    ],
    ['a client', (client) => ({ client })],
  ])('sends each attempt once, whatever retries %s asks for', async (_, optionsOf) => {
    await using proxy = await startFaultProxy(table.endpoint);
    const given = new DynamoDBClient({
      ...table.clientConfig,
      endpoint: proxy.endpoint,
      maxAttempts: 5,
      retryMode: 'adaptive',
    });
    const options = { tableName: table.tableName, ...optionsOf(given) };
    const via = dynamoDbLease(
      'client' in options
        ? options
        : {
            ...options,
            clientConfig: { ...table.clientConfig, endpoint: proxy.endpoint, maxAttempts: 5 },
          },
    );
    const election = createElection({ name: `once ${_}`, via, timings });
    proxy.inject({
      kind: 'error',
      direction: 'requests',
      status: 500,
      type: 'InternalServerError',
      operation: 'GetItem',
    });
    await expect(election.tryCampaign()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    // Three reads by the store, each with a query of history, and no read that the SDK repeats.
    expect(proxy.counts()).toEqual({ GetItem: 3, Query: 3 });
    given.destroy();
  });

  test('makes its one attempt although the first read fails', async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    proxy.inject({
      direction: 'requests',
      kind: 'error',
      status: 500,
      type: 'InternalServerError',
      operation: 'GetItem',
      times: 2,
    });
    const clientConfig = { ...table.clientConfig, endpoint: proxy.endpoint };
    const term = await elect('a read that fails', clientConfig).tryCampaign();
    expect(term?.token).toBe(1n);
    await term?.resign();
  });

  test('keeps its term while one answer in three is lost', async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    let answers = 0;
    proxy.inject({
      kind: 'black-hole',
      direction: 'answers',
      operation: 'UpdateItem',
      when: () => {
        answers += 1;
        return answers % 3 === 0;
      },
    });
    const fast = { leaseDurationMs: 30_000, renewIntervalMs: 100, writeTimeoutMs: 100 };
    const via = dynamoDbLease({
      tableName: table.tableName,
      clientConfig: { ...table.clientConfig, endpoint: proxy.endpoint },
    });
    const term = await createElection({ name: 'lossy', via, timings: fast }).campaign();
    await expect.poll(() => answers, { timeout: 120_000 }).toBeGreaterThan(40);
    expect(term.signal.aborted).toBe(false);
    expect(term.token).toBe(1n);
    await term.resign();
  });
});

describe('rolling upgrades', () => {
  test('two timings in one election take turns by what the record says', async () => {
    const slow = createElection({
      name: 'mixed',
      via: dynamoDbLease({ tableName: table.tableName, clientConfig: table.clientConfig }),
      timings: { leaseDurationMs: 6_000, renewIntervalMs: 1_000 },
    });
    const fast = elect('mixed');
    const first = await slow.campaign();
    const second = fast.campaign();
    await first.resign();
    const term = await second;
    expect(term.token).toBe(2n);
    const third = slow.campaign();
    await term.resign();
    expect((await third).token).toBe(3n);
    await (await third).resign();
  });

  test('a record of a later version stops a candidate that cannot know its rules', async () => {
    await table.client.send(
      new PutItemCommand({
        TableName: table.tableName,
        Item: {
          ...keyOf('later'),
          formatVersion: { N: '2' },
          token: { N: '7' },
          revision: { S: 'r' },
          holder: { M: { zone: { S: 'a' } } },
        },
      }),
    );
    await expect(elect('later').campaign()).rejects.toMatchObject({
      code: 'MALFORMED_DATA',
      message: expect.stringContaining('holder'),
    });
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.tableName,
        Key: keyOf('later'),
        UpdateExpression: 'SET holder = :holder',
        ExpressionAttributeValues: { ':holder': { S: 'a later one' } },
      }),
    );
    await expect(elect('later').campaign()).rejects.toMatchObject({
      code: 'UNSUPPORTED_FORMAT',
      message: expect.stringContaining('has formatVersion 2, this version knows up to 1'),
    });
  });

  test('a leader whose record a later version took over is deposed', async () => {
    const term = await elect('taken').campaign();
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.tableName,
        Key: keyOf('taken'),
        UpdateExpression: 'SET formatVersion = :v, holder = :h, revision = :r, #t = :t',
        ExpressionAttributeNames: { '#t': 'token' },
        ExpressionAttributeValues: {
          ':v': { N: '2' },
          ':h': { S: 'a later one' },
          ':r': { S: 'r' },
          ':t': { N: '2' },
        },
      }),
    );
    await expect.poll(() => term.signal.aborted).toBe(true);
    expect(term.signal.reason).toMatchObject({ why: 'deposed' });
  });
});

describe('a store that cannot serve', () => {
  test('names the table that does not exist', async () => {
    const election = elect('e', table.clientConfig, 'nowhere');
    await expect(election.campaign()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(`table "nowhere" at ${table.endpoint} does not exist`),
    });
  });

  test('names the endpoint that does not answer', async () => {
    const election = elect('e', { ...table.clientConfig, endpoint: 'http://127.0.0.1:9' });
    await expect(election.tryCampaign()).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('http://127.0.0.1:9'),
    });
  });

  test('says at the first attempt that credentials are missing', async () => {
    const credentials = async () => {
      const missing = new Error('Could not load credentials from any providers');
      missing.name = 'CredentialsProviderError';
      throw missing;
    };
    const election = elect('e', { ...table.clientConfig, credentials });
    await expect(election.tryCampaign()).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  test('says which attribute of a record does not parse, and leaves it as it is', async () => {
    const Item = { ...keyOf('odd'), formatVersion: { N: '1' }, token: { S: 'seven' } };
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
    await expect(elect('odd').campaign()).rejects.toMatchObject({
      code: 'MALFORMED_DATA',
      message: expect.stringContaining('does not parse at token, revision'),
    });
  });

  test('refuses a table with other keys', async () => {
    const tableName = `other-${crypto.randomUUID()}`;
    const { CreateTableCommand } = await import('@aws-sdk/client-dynamodb');
    await table.client.send(
      new CreateTableCommand({
        TableName: tableName,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await expect(checkLeaseTable(table.client, tableName)).rejects.toThrow(
      'must have the keys pk HASH S, sk RANGE S, got id HASH S',
    );
    await expect(elect('e', table.clientConfig, tableName).campaign()).rejects.toMatchObject({
      code: 'MALFORMED_DATA',
      message: expect.stringContaining('does not have the shape of a lease table'),
    });
  });

  test('creates a table that passes its own check, and may be asked twice', async () => {
    const tableName = `made-${crypto.randomUUID()}`;
    await createLeaseTable(table.client, tableName);
    await createLeaseTable(table.client, tableName);
    expect((await checkLeaseTable(table.client, tableName)).TableName).toBe(tableName);
  });
});
