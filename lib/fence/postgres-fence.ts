/**
 * The fence in PostgreSQL: one row for each election, raised first in the user's own transaction.
 *
 * Decides the statements. Raising takes the row's lock until the transaction ends, and that is the
 * point. A newer leader's raise waits for what an older one has begun, then sees all of it. An
 * older leader's raise after that returns the higher token. Assumes READ COMMITTED or stricter;
 * under REPEATABLE READ and SERIALIZABLE a race ends in a serialization failure, to be tried again.
 *
 * A leader that is frozen inside its transaction would keep that lock. So raising also limits the
 * transaction by what is left of the lease. PostgreSQL ends a session that is idle in it for
 * longer, and a statement that waits for a lock for longer. The lock ends when the lease does.
 *
 * Not guaranteed where the raise is not the first statement: what was read before it may be stale.
 * A predicate on each row is no substitute: it misses every row that the newer leader has not
 * touched.
 */
import { formatToken, parseToken, type Token } from '../core/token.ts';
import { InvalidOptionsError, MalformedDataError } from '../errors.ts';
import type { Term } from '../ports.ts';
import { staleToken } from '../stale-token.ts';
import type { SendingTerm } from './outgoing.ts';

/** A statement with its parameters, as `pg`, PGlite, Slonik and others take them. */
export interface Statement {
  readonly text: string;
  readonly values: string[];
}

/** The table of fences where no other is named. */
export const DEFAULT_FENCE_TABLE = 'tenure_fence';

/** Creates the table, once, in a migration. `numeric(38)` holds every token. */
export function fenceTableSql(table = DEFAULT_FENCE_TABLE): string {
  return (
    `CREATE TABLE IF NOT EXISTS ${quoted(table)} ` +
    '(election text PRIMARY KEY, token numeric(38) NOT NULL)'
  );
}

/**
 * What a transaction claims: for which election, by which token, and how long it may hold others
 * up.
 */
export interface TransactionClaim {
  readonly election: string;
  readonly token: Token;
  /** What is left of the lease, in milliseconds. */
  readonly remainingMs: number;
}

/**
 * Raises the fence, and returns one row with one column `highest`. It is the token where that is
 * admitted. A higher one means that the token is stale: then roll back. It also limits how long the
 * transaction may keep others waiting. For other languages: use the text as it is, with the
 * milliseconds as text.
 */
export function raiseFenceStatement(
  { election, token, remainingMs }: TransactionClaim,
  table = DEFAULT_FENCE_TABLE,
): Statement {
  // PostgreSQL takes 0 for no limit, and 31 bits of milliseconds.
  const limitMs = Math.min(Math.max(1, Math.ceil(remainingMs)), LIMIT_MS_MAX);
  return {
    text:
      "WITH limits AS MATERIALIZED (SELECT set_config('lock_timeout', $3, true), " +
      "set_config('idle_in_transaction_session_timeout', $3, true)) " +
      `INSERT INTO ${quoted(table)} AS fence (election, token) SELECT $1, $2::numeric FROM limits ` +
      'ON CONFLICT (election) DO UPDATE SET token = GREATEST(fence.token, excluded.token) ' +
      'RETURNING token::text AS highest',
    values: [election, formatToken(token), `${limitMs}`],
  };
}

const LIMIT_MS_MAX = 2 ** 31 - 1;

/** A connection that is inside the user's transaction: `pg`'s client, or PGlite's transaction. */
export interface PostgresTransaction {
  /** Runs one statement, and resolves with its rows. */
  query(text: string, values: string[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** The part of a `Term` that raising reads. */
export type RaisingTerm = SendingTerm & Pick<Term, 'remainingMs'>;

/**
 * Call it first in each transaction of a term. An error must roll the transaction back. It sets
 * `lock_timeout` and `idle_in_transaction_session_timeout` for this transaction, to what is left of
 * the lease. PostgreSQL ends the session of a leader that is frozen in it; `pg` emits the event
 * `error` of its client then.
 * @throws StaleTokenError with both tokens; LeadershipLostError where the term is over;
 * InvalidOptionsError for a pool, whose statements go to any connection.
 */
export async function raiseFence(
  transaction: PostgresTransaction,
  term: RaisingTerm,
  table = DEFAULT_FENCE_TABLE,
): Promise<void> {
  refusePool(transaction);
  term.throwIfOver();
  const { election, token } = term;
  const claim = { election, token, remainingMs: term.remainingMs() };
  const { text, values } = raiseFenceStatement(claim, table);
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

/**
 * A pool would raise the fence in a transaction of its own, which ends before the user's has begun.
 */
function refusePool(transaction: PostgresTransaction): void {
  const { totalCount, idleCount } = transaction as { totalCount?: unknown; idleCount?: unknown };
  if (typeof totalCount !== 'number' && typeof idleCount !== 'number') return;
  throw new InvalidOptionsError([
    'transaction must be one connection inside a transaction, got a pool, which sends each statement to ' +
      'any connection; pass the client that pool.connect() returned',
  ]);
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
