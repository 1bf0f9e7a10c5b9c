/**
 * An outbox in PostgreSQL, published in order by the one leader, and at least once.
 *
 * The fence is raised first in each transaction, so a leader that was frozen in the middle of a batch
 * cannot mark as published what the next one has taken over.
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

/** One transaction. Returns how many messages it published. */
export async function publishBatch(term: Term, { connection, publish }: Outbox): Promise<number> {
  await connection.query('BEGIN');
  try {
    await raiseFence(connection, term);
    const { rows } = await connection.query(
      'SELECT id::text, payload FROM outbox WHERE published_with IS NULL ORDER BY outbox.id LIMIT 10',
    );
    for (const message of rows as readonly Message[]) {
      if (term.signal.aborted) break;
      term.throwIfOver();
      await publish(message);
      await connection.query(
        'UPDATE outbox SET published_with = $1::numeric WHERE id = $2::bigint',
        [term.token.toString(), message.id],
      );
    }
    await connection.query('COMMIT');
    return rows.length;
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
