import { spawnSync } from 'node:child_process';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freshTable } from '../../support/dynamodb.ts';
import { OWN_ID, program, SHORT_LEASE, STEADY_LEASE, startTenure } from '../../support/tenure.ts';
import { until } from '../../support/until.ts';

async function prepare() {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  return table;
}

describe('tenure status', () => {
  it('says that nobody has led, who leads, and that a term was released', async () => {
    const table = await prepare();
    const before = startTenure(['status', 'orders'], table);
    expect((await before.ended()).code).toBe(1);
    expect(before.stdout()).toBe('orders: nobody has led yet\n');

    const run = startTenure(
      ['run', 'orders', ...STEADY_LEASE, '--', ...program('command.ts')],
      table,
    );
    await run.event('command');
    const during = startTenure(['status', 'orders'], table);
    expect((await during.ended()).code).toBe(0);
    expect(during.stdout()).toMatch(
      new RegExp(`^orders: ${OWN_ID} leads, term 1, \\d\\d\\.\\d s of 60\\.0 s left\\n`),
    );

    run.signal('SIGTERM');
    await run.ended();
    const after = startTenure(['status', 'orders', '--json'], table);
    expect((await after.ended()).code).toBe(1);
    expect(JSON.parse(after.stdout())).toEqual({
      election: 'orders',
      state: 'vacant',
      token: '1',
      candidates: [],
    });
  });

  it('says that the lease of a dead leader has run out', async () => {
    const table = await prepare();
    const command = ['--', ...program('command.ts')];
    // Without `--no-will`, the last will would release the role at once.
    const run = startTenure(['run', 'orders', ...SHORT_LEASE, '--no-will', ...command], table);
    await run.event('command');
    run.signal('SIGKILL');

    let said = '';
    await until(async () => {
      const status = startTenure(['status', 'orders'], table);
      await status.ended();
      said = status.stdout();
      return said.includes('has run out');
    });

    expect(said).toMatch(
      new RegExp(`nobody leads; the lease of ${OWN_ID} \\(term 1\\) has run out`),
    );
  });
});

describe('tenure local', () => {
  it('starts a DynamoDB with the table, prints what to export, and ends with Ctrl-C', async () => {
    const env = { AWS_ENDPOINT_URL_DYNAMODB: undefined, TENURE_DYNAMODB_ENDPOINT: undefined };
    const local = startTenure(['local', '--table', 'leases'], undefined, { env });
    await until(() => local.stdout().includes('TENURE_TABLE'));

    // A shell evaluates the output, as a user's shell does.
    const shell = spawnSync('sh', ['-c', `${local.stdout()}\nenv`], { encoding: 'utf8' });
    const endpoint = /^AWS_ENDPOINT_URL_DYNAMODB=(.+)$/m.exec(shell.stdout)?.[1] ?? '';
    expect(shell.stdout).toMatch(/^TENURE_TABLE=leases$/m);
    const run = startTenure(['run', 'orders', '--', 'true'], { tableName: 'leases', endpoint });
    expect((await run.ended()).code).toBe(0);
    expect(local.stderr()).toMatch(/DynamoDB Local \d+\.\d+\.\d+ is ready/);

    local.signal('SIGINT');
    expect(await local.ended()).toEqual({ code: 0, signal: null });
    await expect(fetch(endpoint)).rejects.toThrow();
  });

  it('creates the table in an endpoint that is set, and starts nothing', async () => {
    const { endpoint } = await prepare();

    const local = startTenure(['local', '--table', 'given', '--json'], undefined, { endpoint });

    expect((await local.ended()).code).toBe(0);
    expect(JSON.parse(local.stdout())).toMatchObject({
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      TENURE_TABLE: 'given',
    });
    expect(local.stderr()).toContain('nothing was started');
    const run = startTenure(['run', 'orders', '--', 'true'], { tableName: 'given', endpoint });
    expect((await run.ended()).code).toBe(0);
  });

  it('creates tables of the user’s own beside it, and leaves those that are there', async () => {
    const { client, endpoint } = await prepare();
    const own = ['--with', 'given-ledger:id', '--with', 'given-audit:day'];

    for (const _ of ['first', 'again']) {
      const local = startTenure(['local', '--table', 'given', ...own], undefined, { endpoint });
      expect((await local.ended()).code).toBe(0);
    }

    const audit = await client.send(new DescribeTableCommand({ TableName: 'given-audit' }));
    expect(audit.Table?.KeySchema).toEqual([{ AttributeName: 'day', KeyType: 'HASH' }]);
    const wrong = startTenure(['local', '--with', 'ledger'], undefined, { endpoint });
    expect((await wrong.ended()).code).toBe(2);
    expect(wrong.stderr()).toContain('Give a table and its key, such as ledger:id.');
  });

  it('says what to install where nothing can serve it', async () => {
    const env = {
      PATH: '/nonexistent',
      JAVA_HOME: undefined,
      AWS_ENDPOINT_URL_DYNAMODB: undefined,
      TENURE_DYNAMODB_ENDPOINT: undefined,
    };

    const local = startTenure(['local'], undefined, { env });

    expect((await local.ended()).code).toBe(1);
    expect(local.stderr()).toContain('DynamoDB Local needs Java 17 or later, or Docker');
    expect(local.stderr().trim().split('\n')).toHaveLength(1);
  });
});

describe('tenure --help', () => {
  it.each([['run'], ['status'], ['local']])('explains %s with an example', async (verb) => {
    const help = startTenure([verb, '--help']);

    expect((await help.ended()).code).toBe(0);
    expect(help.stdout()).toContain(`Usage: tenure ${verb}`);
    expect(help.stdout()).toMatch(new RegExp(`Examples?:\\n {2}tenure ${verb} `));
  });
});
