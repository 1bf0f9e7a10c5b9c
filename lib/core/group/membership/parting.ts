/**
 * The ways in which a lease ends: the member leaves, its lease lapses, or another deposed it.
 *
 * One id has one lease. Every term of it is over before its row says gone, and the lease is never
 * renewed again. The process joins under a new id, unless it was told to stop.
 */
import { firstAttempt, postponed } from '../../term/attempts.ts';
import type { Why } from '../../term/leading.ts';
import { pessimisticElapsedMs, type Reading, type Stamped } from '../../time/instant.ts';
import type { Inside, Leaving, MemberState, Phase } from '../member/state.ts';
import { each, inTurn, nonceOf, note, type Step, send } from '../member/steps.ts';
import { endTerm, isLive } from '../member/terms.ts';
import type { MemberRow } from '../rows.ts';
import { type GroupOutcome, resolved } from '../writes.ts';
import { dig } from './burying.ts';

/** This process was told to stop. */
export function stopped(now: Stamped): Leaving {
  return { why: 'resigned', since: now.at.monotonicMs, rejoinMs: Infinity };
}

/**
 * After a lease without a plan that takes its partitions, a leaver hands over to no particular
 * member.
 */
export function leaveLeftMs({ self }: MemberState, { since }: Leaving, now: Reading): number {
  return since + self.timings.leaseDurationMs - now.monotonicMs;
}

/** Every term is over, every release was sent and answered once, and no plan names this member. */
export function hasLeft(state: MemberState, inside: Inside, now: Reading): boolean {
  const { terms, plan } = state;
  const pending = [...terms.values()].some(
    (term) =>
      isLive(term) || (typeof term.release === 'object' && term.release.attempts.attempt < 2),
  );
  const planned = plan.known?.plan.members.includes(inside.memberId) ?? false;
  const late = inside.leaving !== undefined && leaveLeftMs(state, inside.leaving, now) <= 0;
  return !pending && (!planned || late);
}

export function part(state: MemberState, inside: Inside, now: Stamped): Step {
  const { memberId, revision, confirmedAt, leaving } = inside;
  const write = {
    kind: 'end-member',
    memberId,
    seenRevision: revision,
    revision: nonceOf(now, 'end'),
    closedMs: 0,
  } as const;
  const attempts = { ...firstAttempt(now), nonce: write.revision };
  const rejoinMs = leaving?.rejoinMs ?? 0;
  const membership: Phase = { kind: 'parting', write, attempts, confirmedAt, rejoinMs };
  return send({ ...state, membership }, write, { kind: 'part', nonce: write.revision });
}

export function partAnswered(
  state: MemberState,
  parting: Extract<Phase, { kind: 'parting' }>,
  outcome: GroupOutcome,
  now: Stamped,
): Step {
  const { write, attempts } = parting;
  const answer = resolved(write.revision, outcome);
  if (answer.kind === 'unknown') {
    const later = { ...parting, attempts: postponed(attempts, now, state.self.timings) };
    return unconfirmed({ ...state, membership: later }, answer.cause);
  }
  const row = answer.kind === 'refused' ? (answer.row as MemberRow | undefined) : undefined;
  if (row === undefined || row.state === 'gone') return parted(state, parting, now);
  // A heartbeat of this member landed after all: the row is still its own.
  const revision = nonceOf(now, 'end');
  const next = { ...write, seenRevision: row.revision, revision };
  const membership = { ...parting, write: next, attempts: { ...attempts, nonce: revision } };
  return send({ ...state, membership }, next, { kind: 'part', nonce: revision });
}

export function partingLeftMs(
  { self }: MemberState,
  { confirmedAt }: { readonly confirmedAt: Reading },
  now: Reading,
): number {
  return self.timings.leaseDurationMs - pessimisticElapsedMs(confirmedAt, now);
}

export function parted(
  state: MemberState,
  { write, rejoinMs }: Extract<Phase, { kind: 'parting' }>,
  now: Stamped,
): Step {
  return outside(state, { memberId: write.memberId, why: 'resigned', rejoinMs }, now);
}

/** The lease is over, and so is every term of it, even if work still runs. */
export function lapse(
  state: MemberState,
  inside: Inside,
  why: Extract<Why, 'lapsed' | 'deposed'>,
  now: Stamped,
): Step {
  const { memberId, leaving } = inside;
  return outside(
    dig(state, memberId, now),
    { memberId, why, rejoinMs: leaving?.rejoinMs ?? 0 },
    now,
  );
}

/** Nothing of the lease is left. The gone row outweighs what the store still says of its terms. */
function outside(
  before: MemberState,
  { memberId, why, rejoinMs }: { memberId: string; why: Why; rejoinMs: number },
  now: Stamped,
): Step {
  const left = before.leaves || !Number.isFinite(rejoinMs);
  const step = inTurn(
    before,
    (s) => each(s, [...s.terms.values()], (t, term) => endTerm(t, term, why, now, { lost: true })),
    (s) => note(s, { kind: 'parted', memberId, why }),
  );
  const state: MemberState = {
    ...step.state,
    membership: left
      ? { kind: 'idle' }
      : { kind: 'outside', joinAt: now.at.monotonicMs + rejoinMs },
    sought: new Map(),
    watches: new Map(),
    // Of the old id's requests only those that bury it still matter.
    requests: new Map([...step.state.requests].filter(([, { kind }]) => /^bury/.test(kind))),
    plan: { ...step.state.plan, known: undefined, headAsked: false, bodyAsked: false, looks: [] },
    planning: { notBefore: now.at.monotonicMs, nextAuditAt: Infinity, busy: false },
  };
  return { state, effects: left ? [...step.effects, { kind: 'left' }] : step.effects };
}

export function unconfirmed(state: MemberState, cause: unknown): Step {
  return note(state, { kind: 'unconfirmed', cause });
}
