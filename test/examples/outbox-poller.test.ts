import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  type Connection,
  type Message,
  pollOutbox,
  publishBatch,
} from '../../examples/outbox-poller/poll-outbox.ts';
import { fenceTableSql } from '../../lib/fence/index.ts';
import { createElection, type Term } from '../../lib/index.ts';
import { memoryLease } from '../../lib/testing/index.ts';
import { type Postgres, startPostgres } from '../support/programs/postgres.ts';
import { until } from '../support/until.ts';

let postgres: Postgres;
let connection: Connection;
beforeAll(async () => {
  postgres = await startPostgres();
  connection = await postgres.connect();
  await connection.query(fenceTableSql());
  await connection.query(
    'CREATE TABLE outbox (id bigserial PRIMARY KEY, payload text, published_with numeric(38))',
  );
});
afterAll(() => postgres[Symbol.asyncDispose]());
beforeEach(() => connection.query('TRUNCATE outbox, tenure_fence'));

async function write(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await connection.query('INSERT INTO outbox (payload) VALUES ($1)', [`message ${n}`]);
  }
}

async function published(): Promise<unknown[]> {
  const { rows } = await connection.query(
    'SELECT published_with::text AS with FROM outbox ORDER BY id',
  );
  return rows.map((row) => (row as { with: string | null }).with);
}

const elect = (via = memoryLease()) => createElection({ name: 'outbox', via });

test('publishes in order until told to stop, and the next leader goes on from there', async () => {
  const via = memoryLease();
  const sent: string[] = [];
  const publish = async ({ payload }: Message) => void sent.push(payload);
  await write(25);
  const first = new AbortController();
  const led = elect(via).leadWhile(
    (term) => pollOutbox(term, { connection, publish, pauseMs: 5 }),
    {
      signal: first.signal,
    },
  );
  await until(() => sent.length === 25);
  first.abort();
  await led;
  await write(3);
  await using term = await elect(via).campaign();
  expect(await publishBatch(term, { connection, publish, pauseMs: 5 })).toBe(3);
  expect(sent).toEqual([...Array(25).keys(), 0, 1, 2].map((n) => `message ${n}`));
  expect(await published()).toEqual([...Array(25).fill('1'), '2', '2', '2']);
});

test('a leader that was frozen cannot mark what the next one has taken over', async () => {
  const publish = async () => {};
  await write(2);
  const termOf = (token: bigint): Term =>
    ({
      token,
      election: 'outbox',
      candidateId: `c${token}`,
      signal: new AbortController().signal,
      journal: { record() {} },
      throwIfOver() {},
      remainingMs: () => 5_000,
    }) as unknown as Term;
  expect(await publishBatch(termOf(2n), { connection, publish, pauseMs: 5 })).toBe(2);
  await write(1);
  const stale = publishBatch(termOf(1n), { connection, publish, pauseMs: 5 });
  await expect(stale).rejects.toMatchObject({ code: 'STALE_TOKEN', highestToken: 2n });
  expect(await published()).toEqual(['2', '2', null]);
});

test('publishing keeps nobody waiting for the fence', async () => {
  await using term = await elect().campaign();
  const other = await postgres.connect();
  const nothing = { connection, publish: async () => {}, pauseMs: 5 };
  // The fence's row is there from here on.
  expect(await publishBatch(term, nothing)).toBe(0);
  await write(1);
  const publish = async () => {
    await other.query("SET lock_timeout = '2s'");
    await other.query('UPDATE tenure_fence SET token = token');
  };
  expect(await publishBatch(term, { connection, publish, pauseMs: 5 })).toBe(1);
});

test('a message whose publishing fails stays in the outbox', async () => {
  await write(2);
  await using term = await elect().campaign();
  const publish = ({ payload }: Message) =>
    payload === 'message 1' ? Promise.reject(new Error('the broker is down')) : Promise.resolve();
  const batch = publishBatch(term, { connection, publish, pauseMs: 5 });
  await expect(batch).rejects.toThrow('the broker is down');
  expect(await published()).toEqual(['1', null]);
});
