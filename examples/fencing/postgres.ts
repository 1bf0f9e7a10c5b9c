/** A transaction that a stale leader cannot commit: the fence is raised first. */
import type { Client } from 'pg';
import { raiseFence } from '../../lib/fence/index.ts';
import type { Term } from '../../lib/index.ts';

/** `postgres` is one client, not a pool, and has a listener for `error`. */
export async function settle(term: Term, postgres: Client, order: string): Promise<void> {
  await postgres.query('BEGIN');
  try {
    // Limits the transaction too: frozen in it, this leader is thrown out when its lease ends.
    await raiseFence(postgres, term);
    await postgres.query('UPDATE orders SET settled = true WHERE id = $1', [order]);
    await postgres.query('COMMIT');
  } catch (error) {
    await postgres.query('ROLLBACK');
    throw error;
  }
}
