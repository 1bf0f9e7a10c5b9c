/** The SQL fence on a PostgreSQL server. */
import type { EventEmitter } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fenceTableSql, raiseFence, raiseFenceStatement } from '../../lib/fence/index.ts';
import { type FencingTermOfTest, termOf } from '../support/fencing-term.ts';
import { type Connection, type Postgres, startPostgres } from '../support/programs/postgres.ts';
import { until } from '../support/until.ts';

const postgres: Postgres = await startPostgres();
let one: Connection;

beforeAll(async () => {
  one = await postgres.connect();
  await one.query(fenceTableSql());
  await one.query('CREATE TABLE stock (item text PRIMARY KEY, amount int, token numeric(38))');
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** A transaction whose first statement raises the fence, as a user would write it. */
async function inTransaction(
  connection: Connection,
  term: FencingTermOfTest,
  work: () => Promise<unknown>,
): Promise<void> {
  await connection.query('BEGIN');
  try {
    await raiseFence(connection, term);
    await work();
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
}

const put = (connection: Connection, item: string, amount: number) =>
  connection.query(
    'INSERT INTO stock (item, amount) VALUES ($1, $2) ON CONFLICT (item) DO UPDATE SET amount = $2',
    [item, `${amount}`],
  );

async function amountOf(item: string): Promise<unknown> {
  const { rows } = await one.query('SELECT amount FROM stock WHERE item = $1', [item]);
  return (rows[0] as { amount?: unknown } | undefined)?.amount;
}

/** A term of an election that no other test uses. */
let elections = 0;
function termsOf(...tokens: readonly bigint[]) {
  elections += 1;
  const election = `stock-${elections}`;
  return tokens.map((token) => ({ ...termOf(token), election }) satisfies FencingTermOfTest);
}

describe('a transaction that raises the fence first', () => {
  test('is admitted under an equal and a higher token', async () => {
    for (const [at, term] of termsOf(3n, 3n, 10n ** 37n).entries()) {
      await inTransaction(one, term, () => put(one, 'a', at));
      expect(await amountOf('a')).toBe(at);
    }
  });

  test('is refused below it with both tokens, and changes nothing', async () => {
    const [newer, stale] = twoTerms(6n, 5n);
    await inTransaction(one, newer, () => put(one, 'b', 6));
    await expect(inTransaction(one, stale, () => put(one, 'b', 5))).rejects.toMatchObject({
      code: 'STALE_TOKEN',
      token: 5n,
      highestToken: 6n,
    });
    expect(stale.events).toMatchObject([{ event: 'fence-rejected', highestToken: 6n }]);
    expect(await amountOf('b')).toBe(6);
  });

  test('is refused at rows that the newer leader has not touched, where a predicate on each is not', async () => {
    const [newer, stale] = twoTerms(6n, 5n);
    await put(one, 'untouched', 1);
    await inTransaction(one, newer, () => put(one, 'touched', 6));
    const late = inTransaction(one, stale, () => put(one, 'untouched', 5));
    await expect(late).rejects.toMatchObject({ code: 'STALE_TOKEN' });
    expect(await amountOf('untouched')).toBe(1);

    await one.query(
      'UPDATE stock SET amount = 5 WHERE item = $1 AND (token IS NULL OR token <= 5)',
      ['untouched'],
    );
    expect(await amountOf('untouched')).toBe(5);
  });

  test('keeps elections apart, and takes a table of any name', async () => {
    const [one6, other5] = [...termsOf(6n), ...termsOf(5n)];
    if (one6 === undefined || other5 === undefined) throw new Error('two terms');
    const name = 'public.a "quoted" name';
    await one.query(fenceTableSql(name));
    await raiseFence(one, one6, name);
    await raiseFence(one, other5, name);
    const { rows } = await one.query('SELECT count(*)::int AS n FROM "a ""quoted"" name"');
    expect(rows).toEqual([{ n: 2 }]);
    expect(() => fenceTableSql('a.b.c')).toThrow(/schema\.name/);
  });

  test('sends nothing once the term is over', async () => {
    const [term] = twoTerms(6n, 5n);
    term.end();
    await expect(raiseFence(one, term)).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
  });

  test('is a statement and its parameters for other clients', async () => {
    const { text, values } = raiseFenceStatement({
      election: 'plain',
      token: 7n,
      remainingMs: 9_000,
    });
    expect((await one.query(text, values)).rows).toEqual([{ highest: '7' }]);
    const lower = raiseFenceStatement({ election: 'plain', token: 6n, remainingMs: 9_000 });
    expect((await one.query(lower.text, lower.values)).rows).toEqual([{ highest: '7' }]);
  });
});

describe('two leaders at once', () => {
  test('take turns: the newer waits for what the older has begun, and sees it', async () => {
    const [newer, older] = twoTerms(6n, 5n);
    const two = await postgres.connect();
    await one.query('BEGIN');
    await raiseFence(one, older);
    await put(one, 'turns', 5);
    let seen: unknown;
    const waiting = inTransaction(two, newer, async () => {
      const { rows } = await two.query("SELECT amount FROM stock WHERE item = 'turns'");
      seen = (rows[0] as { amount: unknown } | undefined)?.amount;
    });
    await until(isAnybodyWaiting, { what: 'the newer leader waits' });
    expect(seen).toBeUndefined();
    await one.query('COMMIT');
    await waiting;
    expect(seen).toBe(5);
    await expect(raiseFence(one, older)).rejects.toMatchObject({ code: 'STALE_TOKEN' });
  });

  test('lose an acknowledged update where the fence is raised after the read', async () => {
    const [newer, older] = twoTerms(6n, 5n);
    const two = await postgres.connect();
    await put(one, 'late', 10);
    await two.query('BEGIN');
    const { rows } = await two.query("SELECT amount FROM stock WHERE item = 'late'");
    const read = (rows[0] as { amount: number }).amount;
    await inTransaction(one, older, () => put(one, 'late', 11));
    await raiseFence(two, newer);
    await put(two, 'late', read + 100);
    await two.query('COMMIT');
    expect(await amountOf('late')).toBe(110);
  });

  test('lose an acknowledged update where the fence is raised in a transaction of its own', async () => {
    const [newer, older] = twoTerms(6n, 5n);
    await raiseFence(one, older);
    await inTransaction(one, newer, () => put(one, 'own', 6));
    await put(one, 'own', 5);
    expect(await amountOf('own')).toBe(5);
  });
});

describe('a leader that is frozen inside its transaction', () => {
  const leaving = (term: FencingTermOfTest, leftMs: number) => ({
    ...term,
    remainingMs: () => leftMs,
  });

  test('holds its successor up no longer than its lease, and is undone', async () => {
    const [newer, older] = twoTerms(6n, 5n);
    const frozen = await postgres.connect();
    const ended = new Promise<Error>((resolve) => {
      (frozen as EventEmitter & Connection).on('error', resolve);
    });
    await frozen.query('BEGIN');
    await raiseFence(frozen, leaving(older, 400));
    await put(frozen, 'frozen', 5);
    await inTransaction(one, newer, () => put(one, 'frozen', 6));
    expect(await amountOf('frozen')).toBe(6);
    await expect(ended).resolves.toMatchObject({ code: '25P03' });
  });

  test('keeps a successor waiting for its own lease at most', async () => {
    const [newer, older] = twoTerms(6n, 5n);
    const frozen = await postgres.connect();
    await frozen.query('BEGIN');
    await raiseFence(frozen, older);
    const waiting = inTransaction(one, leaving(newer, 300) as FencingTermOfTest, async () => {});
    await expect(waiting).rejects.toMatchObject({ code: '55P03' });
    await frozen.query('ROLLBACK');
  });

  test('limits its own transaction alone', async () => {
    const [term] = twoTerms(6n, 5n);
    const limits = async () => {
      const { rows } = await one.query(
        "SELECT current_setting('lock_timeout') AS lock, " +
          "current_setting('idle_in_transaction_session_timeout') AS idle",
      );
      return rows[0];
    };
    await inTransaction(one, leaving(term, 1_234.5) as FencingTermOfTest, async () => {
      expect(await limits()).toEqual({ lock: '1235ms', idle: '1235ms' });
    });
    expect(await limits()).toEqual({ lock: '0', idle: '0' });
  });
});

test('a pool is refused: its statements go to any connection', async () => {
  const pool = new pg.Pool();
  const [term] = twoTerms(6n, 5n);
  await expect(raiseFence(pool, term)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
  await pool.end();
});

async function isAnybodyWaiting(): Promise<boolean> {
  const observer = await third();
  const { rows } = await observer.query(
    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
  );
  return rows.length > 0;
}

let observing: Promise<Connection> | undefined;
function third(): Promise<Connection> {
  observing ??= postgres.connect();
  return observing;
}

function twoTerms(first: bigint, second: bigint): readonly [FencingTermOfTest, FencingTermOfTest] {
  const [one, two] = termsOf(first, second);
  if (one === undefined || two === undefined) throw new Error('two terms');
  return [one, two];
}
