/**
 * Bringing a baton back into a queue that was emptied: by a purge, by retention, or by never having
 * had one.
 *
 * Counts are approximate and late. One count of 0 proves nothing; counts of 0 for `emptyForMs` are
 * the proof. One baton too many is harmless, since SQS has one of the group in flight at a time.
 */
import { stay } from '../term/machine.ts';
import { observedElapsedMs, type Stamped } from '../time/instant.ts';
import type { CountOutcome } from './queue.ts';
import type { BatonState, BatonStep } from './state.ts';

/** Between two counts of a queue that shows no message: one for each long poll at the most. */
const COUNT_INTERVAL_MS_MAX = 20_000;
/** SQS's deduplication interval: candidates that seed in the same slot send one baton between them. */
const SEED_SLOT_MS = 5 * 60_000;

/** Asks how many messages there are, where a receive came back empty and the last answer is old. */
export function countWhenDue(state: BatonState, now: Stamped): BatonStep {
  if (state.counting || now.at.monotonicMs < state.nextCountAt) return stay(state);
  return { state: { ...state, counting: true }, effects: [{ kind: 'count' }] };
}

/** Seeds once every count has shown an empty queue for long enough. */
export function counted(state: BatonState, outcome: CountOutcome, now: Stamped): BatonStep {
  const { emptyForMs } = state.self.limits;
  const intervalMs = Math.min(COUNT_INTERVAL_MS_MAX, emptyForMs / 2);
  const next = { ...state, counting: false, nextCountAt: now.at.monotonicMs + intervalMs };
  if (outcome.kind === 'unknown') return stay(next);
  if (outcome.messages > 0) {
    // Somebody leads: this is asked seldom, since each count costs as much as a poll.
    const nextCountAt = now.at.monotonicMs + emptyForMs;
    return stay({ ...next, emptySince: undefined, nextCountAt });
  }
  const emptySince = state.emptySince ?? now.at;
  if (observedElapsedMs(emptySince, now.at) < emptyForMs) return stay({ ...next, emptySince });
  const slot = Math.floor(now.at.epochMs / SEED_SLOT_MS);
  const deduplicationId = `${state.self.election}-${slot}`;
  return { state: { ...next, emptySince }, effects: [{ kind: 'seed', deduplicationId }] };
}
