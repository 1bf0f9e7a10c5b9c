/**
 * An outbox in PostgreSQL, published in order by the one leader, and at least once.
 *
 * The fence is raised first in each transaction. So a leader that was frozen in the middle of a
 * batch cannot mark as published what the next leader has taken over. The messages are published
 * between two transactions: the holder of the fence's row keeps the next leader waiting, so nothing
 * slow stands between raise and commit.
 */
import { raiseFence } from '../../lib/fence/index.ts';
import type { Term } from '../../lib/index.ts';

/** `pg`'s client, or PGlite. */
export interface Connection {
  query(text: string, values?: string[]): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface Message {
  readonly id: string;
  readonly payload: string;
}

export interface Outbox {
  readonly connection: Connection;
  /** Must be idempotent by `id`: a message whose mark was not committed is published again. */
  readonly publish: (message: Message) => Promise<void>;
  /** Between two looks at an empty outbox. */
  readonly pauseMs: number;
}

const BATCH = 10;

/** For `election.leadWhile`: publishes until told to stop. */
export async function pollOutbox(term: Term, outbox: Outbox): Promise<void> {
  while (!term.signal.aborted) {
    const published = await publishBatch(term, outbox);
    if (published < BATCH) await pause(outbox.pauseMs, term.signal);
  }
}

/**
 * Reads a batch in one transaction, publishes it, and marks it in another. Returns how many it published.
 * What was published before something failed is marked too.
 */
export async function publishBatch(term: Term, { connection, publish }: Outbox): Promise<number> {
  const messages = await inTransaction(term, connection, readBatch);
  const published: string[] = [];
  try {
    for (const message of messages) {
      if (term.signal.aborted) break;
      term.throwIfOver();
      await publish(message);
      published.push(message.id);
    }
  } finally {
    if (published.length > 0) {
      await inTransaction(term, connection, () => mark(term, connection, published));
    }
  }
  return published.length;
}

async function readBatch(connection: Connection): Promise<readonly Message[]> {
  const { rows } = await connection.query(
    'SELECT id::text, payload FROM outbox WHERE published_with IS NULL ORDER BY outbox.id ' +
      `LIMIT ${BATCH}`,
  );
  return rows as readonly Message[];
}

async function mark(term: Term, connection: Connection, ids: readonly string[]): Promise<void> {
  await connection.query(
    'UPDATE outbox SET published_with = $1::numeric WHERE id = ANY (string_to_array($2, $3)::bigint[])',
    [term.token.toString(), ids.join(','), ','],
  );
}

async function inTransaction<T>(
  term: Term,
  connection: Connection,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  await connection.query('BEGIN');
  try {
    await raiseFence(connection, term);
    const result = await work(connection);
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
