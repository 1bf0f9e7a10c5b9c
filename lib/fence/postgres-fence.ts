/**
 * The fence in PostgreSQL: one row for each election, raised first in the user's own transaction.
 *
 * Decides the statements. Raising takes the row's lock until the transaction ends, and that is the
 * point: a newer leader's raise waits for what an older one has begun, then sees all of it, and an
 * older leader's raise after that returns the higher token. Assumes READ COMMITTED or stricter; under
 * REPEATABLE READ and SERIALIZABLE a race ends in a serialization failure, to be tried again.
 *
 * Not guaranteed where the raise is not the first statement: what was read before it may be stale. Nor
 * by a predicate on each row instead: that misses every row which the newer leader has not touched.
 */
import { formatToken, parseToken, type Token } from '../core/token.ts';
import { InvalidOptionsError, MalformedDataError } from '../errors.ts';
import { staleToken } from '../stale-token.ts';
import type { SendingTerm } from './outgoing.ts';

/** A statement with its parameters, as `pg`, PGlite, Slonik and others take them. */
export interface Statement {
  readonly text: string;
  readonly values: string[];
}

export const DEFAULT_FENCE_TABLE = 'tenure_fence';

/** Creates the table, once, in a migration. `numeric(38)` holds every token. */
export function fenceTableSql(table = DEFAULT_FENCE_TABLE): string {
  return (
    `CREATE TABLE IF NOT EXISTS ${quoted(table)} ` +
    '(election text PRIMARY KEY, token numeric(38) NOT NULL)'
  );
}

/**
 * Raises the fence, and returns one row with one column `highest`: the token where it is admitted, a
 * higher one where it is stale; then roll back. For other languages: use the text as it is.
 */
export function raiseFenceStatement(
  claim: { readonly election: string; readonly token: Token },
  table = DEFAULT_FENCE_TABLE,
): Statement {
  const name = quoted(table);
  return {
    text:
      `INSERT INTO ${name} AS fence (election, token) VALUES ($1, $2::numeric) ` +
      'ON CONFLICT (election) DO UPDATE SET token = GREATEST(fence.token, excluded.token) ' +
      'RETURNING token::text AS highest',
    values: [claim.election, formatToken(claim.token)],
  };
}

/** A connection that is inside the user's transaction: `pg`'s client, or PGlite's transaction. */
export interface PostgresTransaction {
  query(text: string, values: string[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/**
 * Call it first in each transaction of a term. Throwing must roll the transaction back.
 * @throws StaleTokenError with both tokens; LeadershipLostError where the term is over.
 */
export async function raiseFence(
  transaction: PostgresTransaction,
  term: SendingTerm,
  table = DEFAULT_FENCE_TABLE,
): Promise<void> {
  term.throwIfOver();
  const { election, token } = term;
  const { text, values } = raiseFenceStatement({ election, token }, table);
  const { rows } = await transaction.query(text, values);
  const highestToken = parseToken(String((rows[0] as { highest?: unknown } | undefined)?.highest));
  if (highestToken === undefined) {
    throw new MalformedDataError(
      `raising the fence must return one row with the highest token, got ${JSON.stringify(rows)}; ` +
        'pass a connection whose query() resolves to { rows }',
    );
  }
  if (highestToken <= token) return;
  const resource = `table ${quoted(table)}, election ${JSON.stringify(election)}`;
  throw staleToken(term, { token: term.token, highestToken, resource });
}

/** A name may have a schema before it; each part is quoted, so that none can end the statement. */
function quoted(table: string): string {
  const parts = table.split('.');
  if (parts.length > 2 || parts.some((part) => part === '' || part.includes('\0'))) {
    throw new InvalidOptionsError([
      `table must be a name or schema.name, got ${JSON.stringify(table)}; name the fence's table`,
    ]);
  }
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}
