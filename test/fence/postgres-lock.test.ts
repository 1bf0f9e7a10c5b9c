/** A bridge from PostgreSQL's advisory lock, on a real server. */
import pg from 'pg';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { bridge, createElection, postgresLock, type Term } from '../../lib/index.ts';
import { createMemory, memoryLease } from '../../lib/testing/index.ts';
import { type Postgres, startPostgres } from '../support/programs/postgres.ts';
import { until } from '../support/until.ts';

const postgres: Postgres = await startPostgres();
afterAll(() => postgres[Symbol.asyncDispose]());

const KEY = 4711n;
const LOCK = 'SELECT pg_try_advisory_lock($1) AS held';

async function connect(): Promise<pg.Client> {
  const { port } = postgres;
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'tenure', database: 'postgres' });
  // A server that ends a connection causes this error event.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A program of the old deployment: it holds the lock while it leads. */
async function oldProgram() {
  const client = await connect();
  onTestFinished(() => client.end().catch(() => undefined));
  const tryLock = async () => (await client.query(LOCK, [`${KEY}`])).rows[0]?.held === true;
  return { tryLock, end: () => client.end() };
}

/** A bridge that leads whenever it can, and the connections that it made. */
function startBridge() {
  const sessions: pg.Client[] = [];
  const from = postgresLock({
    key: KEY,
    everyMs: 50,
    connect: async () => {
      const session = await connect();
      sessions.push(session);
      return session;
    },
  });
  const timings = { leaseDurationMs: 15_000, renewIntervalMs: 500 };
  const via = bridge(from, memoryLease(createMemory()));
  const election = createElection({ name: 'e', via, timings });
  const stop = new AbortController();
  const seen: { now: Term | undefined } = { now: undefined };
  const ended = election.leadWhile(
    async (term) => {
      seen.now = term;
      await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
      seen.now = undefined;
    },
    { signal: stop.signal, stopNow: stop.signal },
  );
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  return { sessions, seen, stop, ended };
}

test('a bridge leads while it holds the lock that an old program waits for, and gives it up', async () => {
  const old = await oldProgram();
  expect(await old.tryLock()).toBe(true);
  const { seen, stop, ended } = startBridge();
  const other = await oldProgram();
  expect(await other.tryLock()).toBe(false);
  expect(seen.now).toBeUndefined();

  await old.end();
  await until(() => seen.now !== undefined);
  expect(await other.tryLock()).toBe(false);

  stop.abort();
  await ended;
  await until(other.tryLock);
});

test('its work is told to stop when the server ends that connection, and it leads again', async () => {
  const { sessions, seen } = startBridge();
  await until(() => seen.now !== undefined);
  const first = seen.now;
  const admin = await connect();
  const holder = sessions.at(-1) as pg.Client & { processID: number };

  await admin.query('SELECT pg_terminate_backend($1)', [holder.processID]);
  await admin.end();

  await until(() => first?.signal.aborted === true);
  await until(() => seen.now !== undefined && seen.now !== first);
  expect(seen.now?.token).toBeGreaterThan(first?.token ?? 0n);
});

test('a connection that does not answer any more counts as lost', async () => {
  const { sessions, seen } = startBridge();
  await until(() => seen.now !== undefined);
  const first = seen.now;
  const session = sessions.at(-1) as pg.Client;

  // As when the network drops packets: the connection stays open, and no answer comes.
  session.query = (() => new Promise(() => undefined)) as never;

  await until(() => first?.signal.aborted === true);
});

test('a bridge that is told to stop while it waits for the lock leaves no connection behind', async () => {
  const old = await oldProgram();
  expect(await old.tryLock()).toBe(true);
  const { sessions, stop, ended } = startBridge();
  await until(() => sessions.length > 0);

  stop.abort();
  await ended;

  await until(async () => {
    const admin = await connect();
    const { rows } = await admin.query(
      "SELECT count(*)::int AS open FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock%'" +
        ' AND pid <> pg_backend_pid()',
    );
    await admin.end();
    return rows[0]?.open === 1;
  });
});
