/**
 * What must happen, and when: L1 after the healing, and L3 for every loss before it.
 */
import type { JournalEvent } from '../../../lib/ports.ts';
import { HEALS_AT_MS } from './world/setting.ts';
import type { Participant, World } from './world/world.ts';

export interface Liveness {
  observe(participant: Participant, event: JournalEvent): void;
}

/** A few round trips, and a drain that was under way. */
const SLACK_MS = 1_200;
/** Between two attempts of cold candidates, of which each is a new process. */
const COLD_GAP_MS = 2_500;
const PROBES = 8;
const PROBE_GAP_MS = 100;

export function judgeLiveness(world: World): Liveness {
  const { plan, schedule, timings, violations, rowLost } = world;
  // Clocks may be off by the stated bound, one to one side and the next one to the other.
  const coldMs = plan.has('cold-candidates') ? 2 * (timings.clockErrorMsMax ?? 0) + COLD_GAP_MS : 0;
  const boundMs = timings.leaseDurationMs + timings.renewIntervalMs + SLACK_MS + coldMs;
  let found = rowLost;

  /** L1: after the healing somebody leads within lease + renew interval + a few round trips. */
  function probe(left: number): void {
    found ||= world.participants.some(
      ({ process, term }) => process.alive && (term?.remainingMs() ?? 0) > 0,
    );
    if (found) return;
    if (left > 0) schedule.at(schedule.nowMs + PROBE_GAP_MS, () => probe(left - 1));
    else
      violations.push({ invariant: 'L1', detail: `nobody leads ${boundMs} ms after the healing` });
  }
  schedule.at(HEALS_AT_MS + boundMs, () => probe(PROBES));

  /** L3: deposed only by what the store shows; lapsed only after something went wrong. */
  function judgeLoss(participant: Participant, token: bigint, why: string): void {
    const { process, candidateId } = participant;
    if (rowLost || plan.has('twin-id')) return;
    // By the old lock, of which the store knows nothing.
    if (why === 'deposed' && plan.has('bridges')) return;
    if (why === 'deposed') {
      const gone = world.storage.versions.some(
        ({ record }) =>
          record &&
          (record.token > token || (record.token === token && record.holder !== candidateId)),
      );
      if (gone) return;
      const detail = `${process.name} gave token ${token} up as deposed, and the store shows it as holder`;
      violations.push({ invariant: 'L3', detail });
    }
    const sinceMs = schedule.nowMs - (world.lastTrouble.get(process) ?? Number.NEGATIVE_INFINITY);
    if (
      why === 'lapsed' &&
      !process.frozen &&
      sinceMs > timings.leaseDurationMs + timings.renewIntervalMs
    ) {
      const detail = `${process.name} lost token ${token} with nothing wrong for ${sinceMs.toFixed(0)} ms`;
      violations.push({ invariant: 'L3', detail });
    }
  }

  return {
    observe(participant, event) {
      // A cold candidate leads for a while only. So the question is whether it was elected.
      if (event.event === 'elected' && schedule.nowMs >= HEALS_AT_MS) found = true;
      if (event.event === 'lost') judgeLoss(participant, event.token, event.why);
    },
  };
}
