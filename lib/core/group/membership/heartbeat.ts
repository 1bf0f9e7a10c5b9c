/**
 * Heartbeats: the one renewal that holds every term of a member, what it tells the planners, and what its
 * answers mean.
 *
 * A lease counts from before the first attempt of the confirmed heartbeat, by the pessimistic clock.
 */
import { firstAttempt, postponed, retried, retryInMs } from '../../term/attempts.ts';
import { stay } from '../../term/machine.ts';
import { pessimisticElapsedMs, type Reading, type Stamped } from '../../time/instant.ts';
import type { Timings } from '../../time/timing.ts';
import { vacantAmong } from '../member/seeking.ts';
import type { Inside, Leaving, MemberState } from '../member/state.ts';
import { become, each, nonceOf, note, type Step, send } from '../member/steps.ts';
import { isLive, stopTerm } from '../member/terms.ts';
import type { MemberRow } from '../rows.ts';
import { type GroupOutcome, type Membership, resolved } from '../writes.ts';
import { lapse, unconfirmed } from './parting.ts';

/** Milliseconds until every term of this lease is over, by the pessimistic clock; 0 or less means over. */
export function leaseLeftMs({ confirmedAt }: Inside, now: Reading, timings: Timings): number {
  return timings.leaseDurationMs - timings.marginMs - pessimisticElapsedMs(confirmedAt, now);
}

export function heartbeatInMs(state: MemberState, inside: Inside, now: Reading): number {
  if (inside.heartbeat !== undefined) return retryInMs(inside.heartbeat.attempts, now);
  if (inside.checkingHealth) return Infinity;
  // Planners need news of this member at once, not with the next interval.
  if (conditionOf(state, inside, now) !== inside.told) return 0;
  return state.self.timings.renewIntervalMs - pessimisticElapsedMs(inside.confirmedAt, now);
}

/** What this member is to the planners: leading or not, it may be leaving or spare. */
export function conditionOf(state: MemberState, inside: Inside, now: Reading): Membership['state'] {
  if (inside.leaving !== undefined) return 'leaving';
  return spareLeftMs(state, inside, now) > 0 ? 'spare' : 'active';
}

/**
 * A plan that names a spare has found the leaver that the spare waited for. A plan that names nobody has no
 * leaver to wait for.
 */
export function spareLeftMs({ self, plan }: MemberState, inside: Inside, now: Reading): number {
  const planned = plan.known?.plan.members;
  if (planned?.length === 0 || planned?.includes(inside.memberId)) return 0;
  return self.spareMs - (now.monotonicMs - inside.joinedAt.monotonicMs);
}

export function membershipOf(
  { self }: MemberState,
  memberId: string,
  state: Membership['state'],
  appliedPlan: number,
  now: Stamped,
): Membership {
  const { leaseDurationMs, renewIntervalMs } = self.timings;
  const renewedAtEpochMs = now.at.epochMs;
  const lease = { leaseDurationMs, renewIntervalMs, renewedAtEpochMs };
  const { capacity, attributes } = self;
  return { memberId, state, ...lease, capacity, appliedPlan, attributes };
}

export function beat(state: MemberState, inside: Inside, now: Stamped): Step {
  const appliedPlan = appliedBy(state, inside);
  const condition = conditionOf(state, inside, now.at);
  const write = {
    ...membershipOf(state, inside.memberId, condition, appliedPlan, now),
    kind: 'heartbeat',
    confirmedRevision: inside.revision,
    revision: nonceOf(now, 'hb'),
  } as const;
  const attempts = { ...firstAttempt(now), nonce: write.revision };
  const membership: Inside = {
    ...inside,
    appliedPlan,
    checkingHealth: false,
    heartbeat: { write, attempts },
  };
  return send({ ...state, membership }, write, { kind: 'heartbeat', nonce: write.revision });
}

export function retryHeartbeat(
  state: MemberState,
  inside: Inside,
  { write, attempts }: NonNullable<Inside['heartbeat']>,
): Step {
  const heartbeat = { write, attempts: retried(attempts) };
  const membership = { ...inside, heartbeat };
  return send({ ...state, membership }, write, { kind: 'heartbeat', nonce: write.revision });
}

/** The newest plan for which every term that it takes from this member is over. */
function appliedBy({ terms, plan, sought }: MemberState, inside: Inside): number {
  const { known } = plan;
  if (known === undefined || !known.readable) return inside.appliedPlan;
  const foreign = [...terms.values()].some(
    (term) => isLive(term) && !known.mine.has(term.partition),
  );
  const late = [...sought.values()].some(({ abandoned }) => abandoned);
  return foreign || late ? inside.appliedPlan : known.version;
}

export function heartbeatAnswered(
  state: MemberState,
  inside: Inside,
  outcome: GroupOutcome,
  now: Stamped,
): Step {
  const { heartbeat } = inside;
  if (heartbeat === undefined) return stay(state);
  const { write, attempts } = heartbeat;
  const answer = resolved(write.revision, outcome);
  switch (answer.kind) {
    case 'unknown': {
      const later = { write, attempts: postponed(attempts, now, state.self.timings) };
      return unconfirmed({ ...state, membership: { ...inside, heartbeat: later } }, answer.cause);
    }
    case 'refused':
      return lapse(state, inside, 'deposed', now);
    case 'granted': {
      const renewed: Inside = {
        ...inside,
        heartbeat: undefined,
        revision: write.revision,
        // Work was told to stop, and this lease is given up: the answer must not extend it.
        confirmedAt: inside.lapsing ? inside.confirmedAt : attempts.sentAt,
        told: write.state,
      };
      const { timings } = state.self;
      const asked = (answer.row as MemberRow | undefined)?.request === 'leave';
      const beaten = note(
        { ...state, membership: renewed },
        {
          kind: 'heartbeat',
          latencyMs: now.at.monotonicMs - attempts.sentAt.monotonicMs,
          remainingMs: leaseLeftMs(inside, now.at, timings),
          vacant: vacantAmong(state),
          version: state.plan.known?.version ?? 0,
          imbalance: state.plan.known?.imbalance ?? 1,
        },
      );
      if (!asked || renewed.leaving !== undefined) return beaten;
      // Other members go first. Otherwise the operator's request would change nothing.
      const rejoinMs = timings.leaseDurationMs + timings.renewIntervalMs;
      const leaving: Leaving = { why: 'resigned', since: now.at.monotonicMs, rejoinMs };
      const next = { ...beaten.state, membership: { ...renewed, leaving } };
      return { state: next, effects: beaten.effects };
    }
  }
}

export function healthAnswered(
  state: MemberState,
  inside: Inside,
  answer: { readonly healthy: boolean; readonly ailing: readonly number[] },
  now: Stamped,
): Step {
  if (!inside.checkingHealth) return stay(state);
  if (inside.leaving !== undefined || inside.lapsing) {
    return become(state, { membership: { ...inside, checkingHealth: false } });
  }
  if (answer.healthy) return beat({ ...state, ailments: 0 }, inside, now);
  const ailments = state.ailments + 1;
  const leases = Math.min(10, 2 ** (ailments - 1)) * (0.5 + now.jitter / 2);
  const rejoinMs = leases * state.self.timings.leaseDurationMs;
  const leaving: Leaving = { why: 'unhealthy', since: now.at.monotonicMs, rejoinMs };
  const membership = { ...inside, checkingHealth: false, leaving };
  const live = [...state.terms.values()].filter(isLive).map(({ partition }) => partition);
  // A process that cannot work gains nothing by leading until its successors know the plan.
  return each({ ...state, membership, ailments, soughtStale: true }, live, (s, partition) =>
    stopTerm(s, partition, 'unhealthy', now),
  );
}
