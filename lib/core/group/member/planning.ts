/**
 * When a member writes the next plan, and how: head, claim, roster, body, head again.
 *
 * No member is in charge. A joiner writes the plan that adds it, a leaver the one without it, and a
 * deposer the one without the member that it deposed. An audit finds what they missed. A lost race
 * costs one body, never correctness.
 */
import { retryPauseMs } from '../../term/attempts.ts';
import { stay } from '../../term/machine.ts';
import type { Instant, Reading, Stamped } from '../../time/instant.ts';
import { samePlan } from '../plan/next-plan.ts';
import type { PlanBody, PlanHead } from '../rows.ts';
import { type GroupOutcome, type GroupSighting, resolved } from '../writes.ts';
import { draftOf, plannerOf, refusedIn } from './drafting.ts';
import { headSeen, learn } from './knowing.ts';
import type { Inside, MemberState, Planning, Roster } from './state.ts';
import { ask, become, inTurn, nonceOf, type Step, send } from './steps.ts';
import { auditMs, CLAIM_MS, GATHER_MS, REMOVALS_APART_MS } from './timing.ts';
import { isGone, rosterSighted } from './watching.ts';

export function proceedPlanning(state: MemberState, now: Stamped): Step {
  const inside = plannerOf(state);
  if (inside === undefined || state.planning.busy) return stay(state);
  const { monotonicMs } = now.at;
  if (needAt(state, inside) <= monotonicMs) {
    return ask(busy(state), { kind: 'head', strong: true }, { kind: 'plan-look' });
  }
  if (state.planning.nextAuditAt > monotonicMs) return stay(state);
  const members = state.plan.known?.plan.members.length ?? 0;
  const planning = { ...state.planning, nextAuditAt: monotonicMs + auditMs(members, now.jitter) };
  return ask({ ...state, planning }, { kind: 'roster' }, { kind: 'audit' });
}

export function planningDueInMs(state: MemberState, now: Reading): number {
  const inside = plannerOf(state);
  if (inside === undefined || state.planning.busy) return Infinity;
  return Math.min(needAt(state, inside), state.planning.nextAuditAt) - now.monotonicMs;
}

/** When the next plan is due, as far as this member sees; infinite where the known plan will do. */
function needAt(state: MemberState, inside: Inside): Instant {
  const { plan, planning } = state;
  const { known } = plan;
  if (known === undefined) return Infinity;
  const needs = [
    joinNeedAt(state, inside),
    leaveNeedAt(inside, known.plan),
    goneNeedAt(state, known.plan),
    unwillingNeedAt(state, inside),
    known.readable ? Infinity : known.learntAt + GATHER_MS,
    planning.auditNeed?.version === known.version ? planning.auditNeed.at : Infinity,
    (plan.head?.partitions ?? 0) > known.plan.owners.length && known.plan.members.length > 0
      ? known.learntAt + GATHER_MS
      : Infinity,
  ];
  return Math.max(Math.min(...needs), planning.notBefore);
}

/** Plans that only add follow each other slowly, so that a hundred starters make one plan. */
function joinNeedAt({ plan, self }: MemberState, inside: Inside): Instant {
  const { known } = plan;
  if (known === undefined || inside.told !== 'active' || inside.leaving !== undefined)
    return Infinity;
  if (known.plan.members.includes(inside.memberId)) return Infinity;
  const joinedAt = inside.joinedAt.monotonicMs;
  if (known.plan.members.length === 0) return joinedAt + GATHER_MS;
  const { renewIntervalMs } = self.timings;
  return Math.max(joinedAt, known.learntAt - known.ageMs + 2 * renewIntervalMs);
}

/** A leaver goes on leading for a second: a replacement may start meanwhile. */
function leaveNeedAt({ leaving, memberId }: Inside, plan: PlanBody): Instant {
  if (leaving === undefined || !plan.members.includes(memberId)) return Infinity;
  return leaving.why === 'unhealthy' ? leaving.since : leaving.since + GATHER_MS;
}

function goneNeedAt(state: MemberState, plan: PlanBody): Instant {
  const { known } = state.plan;
  const gone = plan.members.filter((memberId) => isGone(state, memberId));
  const ats = gone.map((memberId) => {
    const watch = state.watches.get(memberId);
    const sinceMs = watch?.firstSeenAt.monotonicMs ?? 0;
    // The member that deposed another plans at once. The others plan later, in case that member
    // died too.
    return watch?.deposedByMe ? sinceMs : sinceMs + GATHER_MS;
  });
  return Math.max(Math.min(Infinity, ...ats), (known?.learntAt ?? 0) + REMOVALS_APART_MS);
}

function unwillingNeedAt({ plan, unwilling }: MemberState, inside: Inside): Instant {
  const { known } = plan;
  if (known === undefined || inside.leaving !== undefined || unwilling.size === 0) return Infinity;
  const refused = refusedIn(known.plan, inside.memberId);
  const asked = [...unwilling.keys()].some((p) => known.mine.has(p) && !refused.has(p));
  return asked ? known.learntAt + REMOVALS_APART_MS : Infinity;
}

export function lookedForPlan(state: MemberState, sighting: GroupSighting, now: Stamped): Step {
  if (sighting.kind !== 'head') return idle(state, retryPauseMs(3, now, state.self.timings), now);
  const { head } = sighting;
  const version = state.plan.known?.version;
  return inTurn(
    state,
    (s) => headSeen(s, head, now),
    (s) => {
      // The newer plan may be the one that was wanted, so this member learns it first.
      if (head === undefined || head.version !== version) return idle(s, 0, now);
      const { claim } = s.plan;
      const own = head.claim === s.planning.ownClaim;
      const leftMs = claim === undefined ? 0 : claim.since + CLAIM_MS - now.at.monotonicMs;
      if (!own && leftMs > 0) return idle(s, leftMs + now.jitter * 100, now);
      const nonce = nonceOf(now, 'claim');
      const write = {
        kind: 'claim',
        seenVersion: version,
        staleClaim: head.claim,
        claim: nonce,
      } as const;
      return send(s, write, { kind: 'plan-claim', nonce });
    },
  );
}

export function claimAnswered(
  state: MemberState,
  nonce: string,
  outcome: GroupOutcome,
  now: Stamped,
): Step {
  const answer = resolved(nonce, outcome);
  switch (answer.kind) {
    case 'granted': {
      const claimed = { ...state, planning: { ...state.planning, ownClaim: nonce } };
      return ask(claimed, { kind: 'roster' }, { kind: 'plan-roster' });
    }
    case 'refused':
      return inTurn(
        state,
        (s) => headSeen(s, answer.row as PlanHead | undefined, now),
        (s) => idle(s, CLAIM_MS * (1 + now.jitter / 4), now),
      );
    case 'unknown':
      return idle(state, retryPauseMs(2, now, state.self.timings), now);
  }
}

export function rosterForPlan(state: MemberState, sighting: GroupSighting, now: Stamped): Step {
  const inside = plannerOf(state);
  const { known } = state.plan;
  if (sighting.kind !== 'roster' || inside === undefined || known === undefined) {
    return idle(state, retryPauseMs(2, now, state.self.timings), now);
  }
  const seen = rosterSighted(state, sighting.members, now.at);
  if (stillGathering(seen, inside, sighting, now)) return idle(seen, GATHER_MS / 2, now);
  const plan = draftOf(seen, inside, sighting, now);
  if (known.readable && samePlan(plan, known.plan)) {
    const planning = { ...seen.planning, auditNeed: undefined };
    return idle({ ...seen, planning }, state.self.timings.renewIntervalMs, now);
  }
  const body = nonceOf(now, 'plan');
  const drafted = { ...seen, planning: { ...seen.planning, draft: { body, plan } } };
  return send(drafted, { kind: 'write-body', body, plan }, { kind: 'plan-body' });
}

/** The first plan waits until no member has joined for a second, a renew interval at most. */
function stillGathering(
  { plan, self }: MemberState,
  inside: Inside,
  { members }: Roster,
  now: Stamped,
): boolean {
  if ((plan.known?.plan.members.length ?? 0) > 0) return false;
  const waitedMs = now.at.monotonicMs - inside.joinedAt.monotonicMs;
  if (waitedMs >= self.timings.renewIntervalMs) return false;
  const ages = members.map(({ joinedAtEpochMs }) => now.at.epochMs - joinedAtEpochMs);
  return ages.some((ageMs) => ageMs >= 0 && ageMs < GATHER_MS);
}

export function bodyWritten(state: MemberState, outcome: GroupOutcome, now: Stamped): Step {
  const { draft } = state.planning;
  const { head, known } = state.plan;
  if (
    outcome.kind !== 'granted' ||
    !draft ||
    head === undefined ||
    head.version !== known?.version
  ) {
    return idle(state, retryPauseMs(1, now, state.self.timings), now);
  }
  const { body } = draft;
  const { version: seenVersion, partitions } = head;
  const writtenAtEpochMs = now.at.epochMs;
  const write = { kind: 'write-plan', seenVersion, body, partitions, writtenAtEpochMs } as const;
  const { formatVersion } = head;
  const next = { formatVersion, version: seenVersion + 1, body, partitions, writtenAtEpochMs };
  return send(state, write, { kind: 'plan-head', nonce: body, head: next });
}

export function planWritten(
  state: MemberState,
  { nonce, head }: { readonly nonce: string; readonly head: PlanHead },
  outcome: GroupOutcome,
  now: Stamped,
): Step {
  const { draft } = state.planning;
  const before = state.plan.head?.body;
  const answer = resolved(nonce, outcome);
  if (answer.kind === 'granted' && draft !== undefined) {
    const old = before === undefined || before === nonce ? undefined : before;
    return inTurn(
      state,
      (s) => learn(s, head, draft.plan, { own: true, now }),
      (s) => idle(s, REMOVALS_APART_MS, now),
      (s) =>
        old === undefined
          ? stay(s)
          : send(s, { kind: 'expire-body', body: old }, { kind: 'courtesy' }),
    );
  }
  // The write may be lost, or not: the head tells which.
  const plan = { ...state.plan, nextHeadAt: now.at.monotonicMs, strongNext: true };
  return idle({ ...state, plan }, retryPauseMs(2, now, state.self.timings), now);
}

function busy(state: MemberState): MemberState {
  return { ...state, planning: { ...state.planning, busy: true } };
}

/** Nothing is under way; the next attempt waits for the pause given. */
function idle(state: MemberState, pauseMs: number, now: Stamped): Step {
  const planning: Planning = {
    ...state.planning,
    busy: false,
    draft: undefined,
    notBefore: now.at.monotonicMs + pauseMs,
  };
  return become(state, { planning });
}
