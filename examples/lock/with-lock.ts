/**
 * A lock made of an election: work runs while no other process holds the same name.
 *
 * The lock's token goes with each write (`fenced`), so that a holder which was frozen past its lease is
 * refused at the row. What carries no token may run twice for a moment: see docs/locks.md.
 */
import { dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { createElection, type Term } from '../../lib/index.ts';

const via = dynamoDbLease({ tableName: process.env.TENURE_TABLE ?? 'tenure' });

/**
 * Waits for the lock, runs the work, and frees the lock once the work has settled.
 * @throws LeadershipLostError when the lock was lost before the work ended; the signal's reason when it
 *   aborts while waiting; what the work throws.
 */
export function withLock<T>(
  name: string,
  work: (lock: Term) => Promise<T>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  return createElection({ name: `lock/${name}`, via }).lead(work, { signal });
}
