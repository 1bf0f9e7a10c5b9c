/** A transaction that a stale leader cannot commit: the fence is raised first. */
import type { Client } from 'pg';
import { raiseFence } from '../../lib/fence/index.ts';
import type { Term } from '../../lib/index.ts';

export async function settle(term: Term, postgres: Client, order: string): Promise<void> {
  await postgres.query('BEGIN');
  try {
    await raiseFence(postgres, term);
    await postgres.query('UPDATE orders SET settled = true WHERE id = $1', [order]);
    await postgres.query('COMMIT');
  } catch (error) {
    await postgres.query('ROLLBACK');
    throw error;
  }
}
