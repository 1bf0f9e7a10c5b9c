/**
 * What a holder states about itself with each acquire and renewal, and for how long it asks.
 */
import type { Reading, Stamped } from '../time/instant.ts';
import type { Tenancy } from './record.ts';
import type { CandidateState, Self } from './state.ts';

/** By this candidate's own timings and wall clock: observers count by what the record says. */
export function tenancy({ self, endsAt, phase }: CandidateState, now: Stamped): Tenancy {
  const proclaimed = phase.kind === 'leading' ? phase.proclaimed : undefined;
  return {
    holder: self.candidateId,
    leaseDurationMs: leaseMsUntil(endsAt, self, now.at),
    renewIntervalMs: self.timings.renewIntervalMs,
    renewedAtEpochMs: now.at.epochMs,
    attributes: proclaimed ?? self.attributes,
  };
}

/** The whole lease, or what is left of this process, counted by the clock that says less. */
function leaseMsUntil(endsAt: Reading | undefined, { timings }: Self, now: Reading): number {
  if (endsAt === undefined) return timings.leaseDurationMs;
  const leftMs = Math.min(endsAt.monotonicMs - now.monotonicMs, endsAt.epochMs - now.epochMs);
  return Math.max(0, Math.min(timings.leaseDurationMs, Math.floor(leftMs)));
}
