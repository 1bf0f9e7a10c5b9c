/** Joining: one write under a new id, repeated with its nonce until it is answered. */
import { firstAttempt, postponed } from '../../term/attempts.ts';
import type { Stamped } from '../../time/instant.ts';
import type { Inside, MemberState, Phase } from '../member/state.ts';
import { become, nonceOf, note, type Step, send } from '../member/steps.ts';
import { type GroupOutcome, resolved } from '../writes.ts';
import { membershipOf } from './heartbeat.ts';
import { stopped, unconfirmed } from './parting.ts';

export function join(state: MemberState, now: Stamped): Step {
  const { self } = state;
  const { memberPrefix } = self;
  const memberId =
    memberPrefix === undefined ? nonceOf(now, 'm') : `${memberPrefix}/${now.freshNonce}`;
  const write = {
    ...membershipOf(state, memberId, self.spareMs > 0 ? 'spare' : 'active', 0, now),
    kind: 'join',
    revision: nonceOf(now, 'join'),
    joinedAtEpochMs: now.at.epochMs,
  } as const;
  const attempts = { ...firstAttempt(now), nonce: write.revision };
  const joining: Phase = { kind: 'joining', write, attempts };
  return send({ ...state, membership: joining }, write, { kind: 'join', nonce: write.revision });
}

export function joinAnswered(
  state: MemberState,
  joining: Extract<Phase, { kind: 'joining' }>,
  outcome: GroupOutcome,
  now: Stamped,
): Step {
  const { write, attempts } = joining;
  const answer = resolved(attempts.nonce, outcome);
  if (answer.kind === 'unknown') {
    if (answer.permanent && attempts.attempt === 1) {
      const problem = { kind: 'store', cause: answer.cause } as const;
      return become(state, { membership: { kind: 'idle' } }, { kind: 'refuse', problem });
    }
    const again = { ...joining, attempts: postponed(attempts, now, state.self.timings) };
    return unconfirmed({ ...state, membership: again }, answer.cause);
  }
  // Another member has this id already: the next attempt takes a new one.
  if (answer.kind === 'refused') {
    return become(state, { membership: { kind: 'outside', joinAt: now.at.monotonicMs } });
  }
  const inside: Inside = {
    kind: 'inside',
    memberId: write.memberId,
    revision: write.revision,
    confirmedAt: attempts.sentAt,
    joinedAt: now.at,
    joinedAtEpochMs: write.joinedAtEpochMs,
    checkingHealth: false,
    lapsing: false,
    appliedPlan: 0,
    told: write.state,
    leaving: state.leaves ? stopped(now) : undefined,
  };
  const { monotonicMs } = now.at;
  const plan = { ...state.plan, known: undefined, nextHeadAt: monotonicMs };
  const planning = { ...state.planning, nextAuditAt: monotonicMs + 30_000 * (0.5 + now.jitter) };
  const joined = { ...state, membership: inside, plan, planning };
  return note(joined, { kind: 'joined', memberId: inside.memberId });
}
