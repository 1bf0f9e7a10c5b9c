import { type AddressInfo, createServer } from 'node:net';
import {
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freshTable } from '../support/dynamodb.ts';
import type { Worker } from '../support/processes.ts';
import { startTenure } from '../support/tenure.ts';

const NOWHERE = { tableName: 'tenure', endpoint: 'http://127.0.0.1:9' };
const A_STACK = /^\s+at .+:\d+:\d+\)?$/m;

/** Its exit code and what it said, which is never a stack trace. */
async function complaintOf(worker: Worker): Promise<{ code: number | null; said: string }> {
  const { code } = await worker.ended();
  expect(worker.stderr()).not.toMatch(A_STACK);
  expect(worker.stdout()).toBe('');
  return { code, said: worker.stderr() };
}

async function prepare() {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  return table;
}

describe('a command line that cannot be used', () => {
  it.each([
    [['run', 'x', '--lease', '10x', '--', 'true'], /--lease <duration>.*'10x'.*1500ms, 10s or 2m/],
    [['run', 'x', '--renew', '-1s', '--', 'true'], /--renew <duration>.*'-1s'/],
    [['run', 'x', '--drain', '', '--', 'true'], /--drain <duration>.*''/],
    [['run', 'x', '--margin', '1', '--', 'true'], /--margin <duration>.*'1'/],
    [['run', 'x', '--loss-grace', '1h', '--', 'true'], /--loss-grace <duration>.*'1h'/],
    [
      ['run', 'x', '--lease', '5s', '--renew', '4s', '--', 'true'],
      /--lease must be at least 3 times --renew \(12000\), got 5000; raise/,
    ],
    [
      ['run', 'x', '--lease', '0s', '--', 'true'],
      /--lease must be a number of milliseconds above 0, got 0/,
    ],
    [
      ['run', 'x', '--loss-grace', '9s', '--', 'true'],
      /--margin \+ --loss-grace \+ --renew.*must be below --lease/,
    ],
    [
      ['run', 'x', '--lease', '3s', '--renew', '2s', '--', 'true'],
      /--renew \+ TENURE_WRITE_TIMEOUT_MS must .* got 60 \+ 300 \+ 2000 \+ 666\.7 = 3026\.7;/,
    ],
    [['run', '', '--', 'true'], /name must be a text of 1 to 200 characters/],
    [['run', 'x'.repeat(201), '--', 'true'], /name must have at most 200 characters, got 201/],
    [['run', 'a\tb', '--', 'true'], /name must have no control characters, got "a\\tb"/],
    [['run', 'x', '--candidate', '', '--', 'true'], /--candidate must be a text/],
    [['run', 'x', '--table', 'a b', '--', 'true'], /--table <name>.*'a b'/],
    [['run', 'x', '--endpoint', 'localhost', '--', 'true'], /--endpoint <url>.*'localhost'/],
    [['run', 'x', '--nonsense', '--', 'true'], /unknown option '--nonsense'/],
    [['run', 'x'], /missing required argument 'command'/],
    [['status'], /missing required argument 'election'/],
    [['local', '--port', 'x'], /--port <number>.*'x'/],
    [['nonsense'], /unknown command 'nonsense'/],
  ])('exits with 2 and names what was given: tenure %j', async (args, says) => {
    const { code, said } = await complaintOf(startTenure(args, NOWHERE));

    expect(said).toMatch(says);
    expect(code).toBe(2);
  });

  it.each([[['run', 'x', '--', 'true']], [['status', 'x']]])(
    'is told to name a Region where none is set: tenure %j',
    async (args) => {
      const unset = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'];
      const env = Object.fromEntries(unset.map((name) => [name, undefined]));

      const tenure = startTenure(args, NOWHERE, { env });

      expect(await complaintOf(tenure)).toMatchObject({ code: 2 });
      expect(tenure.stderr()).toContain('no AWS Region is set; give --region, or set AWS_REGION');
    },
  );
});

describe('a store that cannot be used', () => {
  it('exits with 3 and says how to create a table that is missing', async () => {
    const { endpoint } = await prepare();
    const missing = { tableName: 'missing-table', endpoint };

    const { code, said } = await complaintOf(startTenure(['run', 'x', '--', 'true'], missing));

    expect(code).toBe(3);
    expect(said).toContain(`table "missing-table" at ${endpoint} does not exist`);
    expect(said).toContain('--create-table');
    const status = await complaintOf(startTenure(['status', 'x'], missing));
    expect(status.code).toBe(3);
  });

  it('exits with 3 and names an endpoint that is dead', async () => {
    const { code, said } = await complaintOf(startTenure(['run', 'x', '--', 'true'], NOWHERE));

    expect(code).toBe(3);
    expect(said).toContain('table "tenure" at http://127.0.0.1:9 did not answer');
    expect(said).toContain('check endpoint, network');
  });

  it('exits with 3 where credentials are missing', async () => {
    const { endpoint, tableName } = await prepare();
    const env = {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_CONFIG_FILE: '/nonexistent',
    };

    const run = startTenure(['run', 'x', '--', 'true'], { endpoint, tableName }, { env });

    expect(await complaintOf(run)).toMatchObject({ code: 3 });
    expect(run.stderr()).toMatch(/refused these credentials: .*credentials/i);
  });

  it('exits with 3 where the table has another shape', async () => {
    const { endpoint, client } = await prepare();
    const tableName = 'another-shape';
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );

    const run = startTenure(['run', 'x', '--', 'true'], { endpoint, tableName });

    expect(await complaintOf(run)).toMatchObject({ code: 3 });
    expect(run.stderr()).toContain('does not have the shape of a lease table');
  });

  it('refuses a record that does not parse, and leaves it as it is', async () => {
    const table = await prepare();
    const Item = { pk: { S: 'election#x' }, sk: { S: 'lease' }, token: { S: 'seven' } };
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));

    const { code, said } = await complaintOf(startTenure(['run', 'x', '--', 'true'], table));

    expect(code).toBe(3);
    expect(said).toContain('election "x"');
    const { pk, sk } = Item;
    const get = new GetItemCommand({ TableName: table.tableName, Key: { pk, sk } });
    expect((await table.client.send(get)).Item).toEqual(Item);
  });

  it('does not campaign where a later version wrote the record, and says so', async () => {
    const table = await prepare();
    const Key = { pk: { S: 'election#x' }, sk: { S: 'lease' } };
    const run = startTenure(['run', 'x', '--', 'true'], table);
    expect((await run.ended()).code).toBe(0);
    const later = new UpdateItemCommand({
      TableName: table.tableName,
      Key,
      UpdateExpression: 'SET formatVersion = :later',
      ExpressionAttributeValues: { ':later': { N: '99' } },
    });
    await table.client.send(later);

    const { code, said } = await complaintOf(startTenure(['run', 'x', '--', 'true'], table));

    expect(code).toBe(1);
    expect(said).toContain('has formatVersion 99, this version knows up to 1; upgrade');
  });

  it('tells an error as an event with --json', async () => {
    const run = startTenure(['run', 'x', '--json', '--', 'true'], NOWHERE);

    expect(await run.event('error')).toMatchObject({ election: 'x', code: 'UNREACHABLE' });
    expect((await run.ended()).code).toBe(3);
  });
});

describe('an answer that nobody expected', () => {
  it('is one line, and its stack only where it is asked for', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nnot json'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const strange = { tableName: 'tenure', endpoint: `http://127.0.0.1:${port}` };

    const { code, said } = await complaintOf(startTenure(['status', 'x'], strange));

    expect(code).toBe(3);
    expect(said.trim().split('\n')).toHaveLength(1);
    const debug = startTenure(['status', 'x'], strange, { env: { TENURE_DEBUG: '1' } });
    await debug.ended();
    expect(debug.stderr()).toMatch(A_STACK);
  });
});
