/**
 * Ends the lease that a dead task's candidate holds, and no other.
 *
 * The write demands the holder and the revision that were read: an event that comes twice, late or out of
 * order finds another holder or none, and changes nothing. A renewal that was still on its way when the
 * task died changes the revision, so it is read and tried again.
 */
import { randomUUID } from 'node:crypto';
import { isCandidateOf } from '../../lib/ecs/index.ts';
import type { LeaseStore } from '../../lib/index.ts';

/** `not-holding`: the task's candidate does not hold the lease, or no longer does. */
export type Outcome = 'ended' | 'not-holding';

/** Reads and writes, each with its deadline. Lambda's own retries come on top. */
const ATTEMPTS = 5;
const CALL_TIMEOUT_MS = 3_000;

/** @throws what the store says when it cannot be asked; calling again is safe. */
export async function endStoppedLease(store: LeaseStore, taskArn: string): Promise<Outcome> {
  const revision = randomUUID();
  let cause: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const sighting = await store.read({ consistency: 'strong', signal: deadline() });
    if (sighting.kind === 'unknown') {
      if (sighting.permanent) throw sighting.cause;
      cause = sighting.cause;
      continue;
    }
    const record = sighting.kind === 'present' ? sighting.record : undefined;
    // An answer that was lost: our own write has made it vacant.
    if (record?.revision === revision) return 'ended';
    if (record?.holder === undefined || !isCandidateOf(taskArn, record.holder))
      return 'not-holding';
    const { holder: seenHolder, revision: seenRevision } = record;
    const outcome = await store.write(
      { kind: 'end-stopped', seenHolder, seenRevision, revision },
      { signal: deadline() },
    );
    if (outcome.kind === 'granted') return 'ended';
    if (outcome.kind === 'unknown') {
      if (outcome.permanent) throw outcome.cause;
      cause = outcome.cause;
    }
  }
  throw cause ?? new Error(`the record of ${taskArn} changed with each of ${ATTEMPTS} attempts`);
}

function deadline(): AbortSignal {
  return AbortSignal.timeout(CALL_TIMEOUT_MS);
}
