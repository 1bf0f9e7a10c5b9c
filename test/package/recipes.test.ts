/**
 * The recipes as their reader has them: in a project with the packed package and the real frameworks, compiled,
 * and run against DynamoDB Local.
 */
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../architecture/source.ts';
import { environmentFor, freshTable } from '../support/dynamodb.ts';
import { startWorker, type Worker } from '../support/processes.ts';
import { installed } from '../support/programs/packed.ts';
import { type Postgres, startPostgres } from '../support/programs/postgres.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
/** The frameworks are some 400 MB, from a cache or from a registry. */
const INSTALL_TIMEOUT_MS = 900_000;

let folder: string;
let postgres: Postgres | undefined;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  const { workspace, tarball } = await installed();
  folder = join(workspace, 'recipes');
  await cp(join(ROOT, 'examples/recipes'), folder, { recursive: true });
  // No install script is needed: Prisma's would download an engine that its client does not use.
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', ...quiet, tarball], { cwd: folder });
  await generatePrismaClient();
  postgres = await startPostgres();
  const { client, tableName, endpoint } = await freshTable();
  const ledger = `ledger-of-${tableName}`;
  await client.send(
    new CreateTableCommand({
      TableName: ledger,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  env = {
    ...environmentFor(endpoint),
    TENURE_TABLE: tableName,
    LEDGER_TABLE: ledger,
    LEASE_MS: '60000',
    DATABASE_URL: `postgresql://tenure@127.0.0.1:${postgres.port}/postgres`,
  };
}, INSTALL_TIMEOUT_MS);
afterAll(() => postgres?.[Symbol.asyncDispose]());

/** The client runs in WebAssembly. Prisma also looks for its engine of migrations, which no test uses. */
async function generatePrismaClient(): Promise<void> {
  const prisma = join(folder, 'node_modules/prisma/build/index.js');
  const quiet = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  await run(process.execPath, [prisma, 'generate', '--schema', 'schema.prisma'], {
    cwd: folder,
    env: { ...process.env, ...quiet },
  });
}

const start = (recipe: string, more: Record<string, string> = {}) =>
  startWorker([join(folder, recipe)], { cwd: folder, env: { ...env, ...more } });

const says = (worker: Worker, what: RegExp) =>
  until(() => what.test(worker.stdout()), { what: String(what) });

async function addressOf(worker: Worker): Promise<string> {
  await says(worker, /^listening /m);
  const [, address = '{}'] = /^listening (.*)$/m.exec(worker.stdout()) ?? [];
  return `http://127.0.0.1:${(JSON.parse(address) as { port: number }).port}`;
}

const ended = (worker: Worker) => worker.ended();

describe('the recipes', () => {
  it('compile against the published types', async () => {
    const tsc = join(ROOT, 'node_modules/.bin/tsc');

    const { stdout } = await run(tsc, ['-p', folder]).catch((error) => error as { stdout: string });

    expect(stdout).toBe('');
  });

  it.each(['express.ts', 'fastify.ts', 'nest.ts'])(
    '%s serves who leads, and on SIGTERM releases the role and ends',
    async (recipe) => {
      const worker = start(recipe);
      const url = await addressOf(worker);
      await says(worker, /^leading \d+$/m);

      expect(await (await fetch(url)).json()).toMatchObject({ leads: true });
      worker.signal('SIGTERM');

      // NestJS passes the signal on to itself once its hooks are done.
      const end = await ended(worker);
      expect([
        { code: 0, signal: null },
        { code: null, signal: 'SIGTERM' },
      ]).toContainEqual(end);
      const next = start(recipe);
      await says(next, /^leading \d+$/m);
    },
  );

  it('cron.ts runs once in each period', async () => {
    const worker = start('cron.ts', { PERIOD_MS: '1000' });
    await until(() => worker.stdout().split('\n').length > 3);
    worker.signal('SIGTERM');
    await ended(worker);

    const periods = worker
      .stdout()
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1]);
    expect(new Set(periods).size).toBe(periods.length);
  });

  it('migrate-once.ts migrates in one of the processes, and all of them serve', async () => {
    const workers = [1, 2, 3].map(() => start('migrate-once.ts'));
    for (const worker of workers) await ended(worker);

    const lines = workers.flatMap((worker) => worker.stdout().trim().split('\n'));
    expect(lines.filter((line) => line === 'serving')).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith('migrated'))).toEqual([
      'migrated create table orders',
      'migrated add column settled',
    ]);
  });

  it('read-replicas.ts sends a write to the leader', async () => {
    const replicas = [start('read-replicas.ts'), start('read-replicas.ts')];
    const urls = await Promise.all(replicas.map(addressOf));
    const isSentOn = async (url: string) => {
      const answer = await fetch(`${url}/orders`, { method: 'POST' });
      return answer.redirected && (await answer.text()) === 'written here';
    };

    await until(async () => (await Promise.all(urls.map(isSentOn))).includes(true));

    expect(await (await fetch(`${urls[0]}`)).text()).toBe('read here');
  });

  it('drizzle.ts refuses the older leader inside its transaction', async () => {
    const worker = start('drizzle.ts');
    await ended(worker);

    expect(worker.stdout()).toBe('refused STALE_TOKEN\nsettled 2\n');
  });

  it('prisma.ts refuses the older leader inside its transaction, on a real PostgreSQL', async () => {
    const worker = start('prisma.ts');
    await ended(worker);

    expect(worker.stdout(), worker.stderr()).toBe('refused STALE_TOKEN\nsettled 2\n');
  });

  it('pg-boss.ts puts one job in for each period, though the leader tries twice', async () => {
    const workers = [1, 2].map(() => start('pg-boss.ts', { PERIOD_MS: '2000' }));
    const lines = (what: string) =>
      workers
        .flatMap((worker) => worker.stdout().split('\n'))
        .filter((line) => line.startsWith(what))
        .map((line) => line.slice(what.length + 1));
    await until(() => lines('worked').length >= 3, { withinMs: 120_000 });
    for (const worker of workers) worker.signal('SIGTERM');
    for (const worker of workers) expect(await ended(worker)).toEqual({ code: 0, signal: null });

    expect(lines('there already').length).toBeGreaterThan(0);
    expect(new Set(lines('added')).size).toBe(lines('added').length);
    expect(new Set(lines('worked')).size).toBe(lines('worked').length);
  });
});
