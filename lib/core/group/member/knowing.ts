/**
 * How a member learns the newest plan. It reads the head once a renew interval, and the body where
 * the head names another one. It reads the head soon after an announced deposition too.
 */
import { retryPauseMs } from '../../term/attempts.ts';
import { stay } from '../../term/machine.ts';
import type { Reading, Stamped } from '../../time/instant.ts';
import { EMPTY_PLAN } from '../plan/next-plan.ts';
import { successorsOf } from '../plan/ring.ts';
import { GROUP_FORMAT_VERSION, type PlanBody, type PlanHead } from '../rows.ts';
import type { GroupSighting } from '../writes.ts';
import type { KnownPlan, MemberState, PlanView } from './state.ts';
import { ask, become, note, type Step } from './steps.ts';
import { HAND_OVER_GUARD_MS, headMs, LOOKS_MS } from './timing.ts';

export function proceedKnowing(state: MemberState, now: Stamped): Step {
  const { plan, membership } = state;
  if (membership.kind === 'idle' || plan.headAsked || headInMs(plan, now.at) > 0) {
    return stay(state);
  }
  const { monotonicMs } = now.at;
  const looks = plan.looks.filter((at) => at > monotonicMs);
  const nextHeadAt = monotonicMs + headMs(state.self.timings, now.jitter);
  const asked = { ...plan, looks, nextHeadAt, headAsked: true, strongNext: false };
  // An eventual read could still show the plan before one that was written a moment ago.
  const strong = plan.strongNext || looks.length < plan.looks.length;
  return ask({ ...state, plan: asked }, { kind: 'head', strong }, { kind: 'head' });
}

export function knowingDueInMs({ plan, membership }: MemberState, now: Reading): number {
  return membership.kind === 'idle' || plan.headAsked ? Infinity : headInMs(plan, now);
}

function headInMs({ nextHeadAt, looks }: PlanView, now: Reading): number {
  return Math.min(nextHeadAt, ...looks) - now.monotonicMs;
}

export function headSighted(state: MemberState, sighting: GroupSighting, now: Stamped): Step {
  const plan = { ...state.plan, headAsked: false };
  const waiting = { ...state, plan };
  if (sighting.kind === 'head') return headSeen(waiting, sighting.head, now);
  const { cause, permanent } = sighting as Extract<GroupSighting, { kind: 'unknown' }>;
  if (plan.head === undefined && permanent) return refuse(waiting, { kind: 'store', cause });
  const nextHeadAt = now.at.monotonicMs + retryPauseMs(4, now, state.self.timings);
  const again = { ...plan, strongNext: plan.head === undefined, nextHeadAt };
  return note({ ...waiting, plan: again }, { kind: 'unconfirmed', cause });
}

/** What any read of the head shows, and a refused write to it. */
export function headSeen(state: MemberState, head: PlanHead | undefined, now: Stamped): Step {
  const { plan, self } = state;
  if (head === undefined) {
    return plan.head === undefined ? refuse(state, { kind: 'no-group' }) : stay(state);
  }
  if (plan.head === undefined) {
    const { formatVersion, partitions } = head;
    if (formatVersion > GROUP_FORMAT_VERSION) {
      return refuse(state, { kind: 'newer-format', formatVersion });
    }
    // A group may have more partitions than the program expects: an operator raises the group
    // first.
    if (partitions < (self.partitions ?? 0)) {
      return refuse(state, { kind: 'other-partitions', partitions });
    }
  }
  // A stale read shows nothing new.
  if (plan.head !== undefined && head.version < plan.head.version) return stay(state);
  const seen: MemberState = { ...state, plan: noticed({ ...plan, head }, head, now, state) };
  const known = plan.known?.version ?? -1;
  if (head.version <= known || plan.bodyAsked || state.membership.kind !== 'inside') {
    return stay(seen);
  }
  if (head.body === undefined) return learn(seen, head, EMPTY_PLAN, { own: false, now });
  const asked = { ...seen, plan: { ...seen.plan, bodyAsked: true } };
  return ask(asked, { kind: 'body', body: head.body }, { kind: 'body', head });
}

/**
 * Notes another member's claim, from when it was first seen, and when to look for an announced
 * deposition.
 */
function noticed(plan: PlanView, head: PlanHead, now: Stamped, { self }: MemberState): PlanView {
  const { monotonicMs, epochMs } = now.at;
  const sameClaim = plan.claim?.nonce === head.claim;
  const claim = head.claim === undefined ? undefined : { nonce: head.claim, since: monotonicMs };
  const at = head.attentionAtEpochMs;
  const looks =
    at === undefined || at === plan.attentionSeen
      ? plan.looks
      : LOOKS_MS.map(
          (ms) => monotonicMs + clamp(at - epochMs, 0, self.timings.leaseDurationMs) + ms,
        );
  return { ...plan, claim: sameClaim ? plan.claim : claim, looks, attentionSeen: at };
}

export function bodySighted(
  state: MemberState,
  head: PlanHead,
  sighting: GroupSighting,
  now: Stamped,
): Step {
  const waiting = { ...state, plan: { ...state.plan, bodyAsked: false } };
  const { monotonicMs } = now.at;
  if (sighting.kind !== 'body') {
    const nextHeadAt = monotonicMs + retryPauseMs(3, now, state.self.timings);
    return become({ ...waiting, plan: { ...waiting.plan, nextHeadAt } }, {});
  }
  if (sighting.plan !== undefined) return learn(waiting, head, sighting.plan, { own: false, now });
  // Terms that are led go on. The next plan starts from the last one that could be read.
  const { known } = state.plan;
  const before = known?.plan ?? EMPTY_PLAN;
  const view = viewOf(waiting, head, before, now);
  const lost = { ...waiting.plan, known: { ...view, readable: false } };
  const cause = sighting.malformed;
  const { version } = head;
  return note({ ...waiting, plan: lost }, { kind: 'plan-unreadable', version, cause });
}

/** Takes the newest plan as known. */
export function learn(
  state: MemberState,
  head: PlanHead,
  plan: PlanBody,
  { own, now }: { readonly own: boolean; readonly now: Stamped },
): Step {
  const before = state.plan.known;
  if (before !== undefined && before.version >= head.version) return stay(state);
  const known = viewOf(state, head, plan, now);
  const { version } = head;
  const next: MemberState = {
    ...state,
    plan: { ...state.plan, head, known, looks: [], claim: undefined },
    planning: { ...state.planning, auditNeed: undefined },
    soughtStale: true,
  };
  const members = plan.members.length;
  const moves = movesBetween(before?.plan ?? EMPTY_PLAN, plan);
  const { imbalance } = known;
  return note(next, {
    kind: 'planned',
    version,
    own,
    delayMs: before === undefined && !own ? undefined : known.ageMs,
    moves,
    members,
    imbalance,
  });
}

function viewOf(state: MemberState, head: PlanHead, plan: PlanBody, now: Stamped): KnownPlan {
  const { renewIntervalMs } = state.self.timings;
  const { monotonicMs, epochMs } = now.at;
  const waitMs = renewIntervalMs + HAND_OVER_GUARD_MS;
  const handOverInMs = clamp(head.writtenAtEpochMs + waitMs - epochMs, 0, waitMs);
  const memberId = state.membership.kind === 'inside' ? state.membership.memberId : '';
  const own = plan.members.indexOf(memberId);
  const mine = plan.owners.flatMap((owner, partition) =>
    owner === own && own >= 0 ? [partition] : [],
  );
  return {
    version: head.version,
    plan,
    readable: true,
    mine: new Set(mine),
    imbalance: imbalanceOf(plan),
    ring: successorsOf(memberId, plan.members),
    learntAt: monotonicMs,
    handOverAt: monotonicMs + handOverInMs,
    ageMs: Math.max(0, epochMs - head.writtenAtEpochMs),
  };
}

function movesBetween(before: PlanBody, after: PlanBody): number {
  return after.owners.filter(
    (owner, partition) => before.members[before.owners[partition] ?? -1] !== after.members[owner],
  ).length;
}

function imbalanceOf({ members, owners }: PlanBody): number {
  const counts = members.map(() => 0);
  for (const owner of owners) if (owner >= 0) counts[owner] = (counts[owner] ?? 0) + 1;
  const mean = owners.length / Math.max(1, members.length);
  return mean === 0 ? 1 : Math.max(0, ...counts) / mean;
}

function refuse(
  state: MemberState,
  problem: Extract<import('./traffic.ts').MemberEffect, { kind: 'refuse' }>['problem'],
): Step {
  return become(state, { membership: { kind: 'idle' } }, { kind: 'refuse', problem });
}

function clamp(value: number, from: number, to: number): number {
  return Math.min(Math.max(value, from), to);
}
