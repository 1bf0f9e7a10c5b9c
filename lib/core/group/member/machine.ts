/**
 * A member of a group, as one pure function of state, input and time.
 *
 * `step` decides everything that `docs/protocol-partitions.md` says of a member: its lease, whom it
 * watches, when it plans, what it acquires and gives up. It reads no clock, awaits nothing and
 * draws no randomness: all three come with the input. `../plan` decides which member should lead
 * what. The store decides what a write demands of its row.
 *
 * It does not guarantee that work stops when a term is over. The fence is for that.
 */
import { finite, stay } from '../../term/machine.ts';
import type { Reading } from '../../time/instant.ts';
import { buried, graveSighted, gravesDueInMs, proceedGraves } from '../membership/burying.ts';
import { healthAnswered, heartbeatAnswered, leaseLeftMs } from '../membership/heartbeat.ts';
import { joinAnswered } from '../membership/joining.ts';
import { expire, membershipDueInMs, proceedMembership } from '../membership/membership.ts';
import { partAnswered, stopped } from '../membership/parting.ts';
import { proceedRecords, recordsWritten } from './acquiring.ts';
import { audited } from './drafting.ts';
import { bodySighted, headSighted, knowingDueInMs, proceedKnowing } from './knowing.ts';
import {
  bodyWritten,
  claimAnswered,
  lookedForPlan,
  planningDueInMs,
  planWritten,
  proceedPlanning,
  rosterForPlan,
} from './planning.ts';
import { proceedSeeking, recordsSighted, seekingDueInMs } from './seeking.ts';
import type { MemberState, Purpose } from './state.ts';
import { become, insideOf, inTurn, type Step, without } from './steps.ts';
import { proceedTerms, resignTerm, settled, termsDueInMs } from './terms.ts';
import type { Input } from './traffic.ts';
import { deposeAnswered, memberSighted, proceedWatching, watchingDueInMs } from './watching.ts';

export { initialMember, type MemberState, type Self } from './state.ts';

/** One transition: first what time has already ended, then the input, then what has become due. */
export function stepMember(state: MemberState, input: Input): Step {
  return inTurn(
    state,
    (s) => expire(s, input),
    (s) => apply(s, input),
    (s) => proceedMembership(s, input),
    (s) => proceedKnowing(s, input),
    (s) => proceedTerms(s, input),
    (s) => proceedSeeking(s, input),
    (s) => proceedWatching(s, input),
    (s) => proceedPlanning(s, input),
    (s) => proceedRecords(s, input),
    (s) => proceedGraves(s, input),
  );
}

/** Milliseconds until time alone makes something due; `undefined` where only an input can. */
export function memberWakeInMs(state: MemberState, now: Reading): number | undefined {
  const dueMs = Math.min(
    membershipDueInMs(state, now),
    knowingDueInMs(state, now),
    termsDueInMs(state, now),
    seekingDueInMs(state, now),
    watchingDueInMs(state, now),
    planningDueInMs(state, now),
    gravesDueInMs(state, now),
  );
  return finite(Math.max(0, dueMs));
}

/** Milliseconds until this partition's term is over, by the clocks read now; 0 or less means over. */
export function termLeftMs(
  state: MemberState,
  term: { readonly partition: number; readonly token: bigint },
  now: Reading,
): number {
  const inside = insideOf(state);
  const own = state.terms.get(term.partition);
  const lives = own?.token === term.token && !own.over && own.memberId === inside?.memberId;
  return inside === undefined || !lives ? 0 : leaseLeftMs(inside, now, state.self.timings);
}

function apply(state: MemberState, input: Input): Step {
  switch (input.kind) {
    case 'join':
      return join(state, input);
    case 'leave':
      return leave(state, input);
    case 'resign': {
      const own = state.terms.get(input.partition)?.token === input.token;
      return own ? resignTerm(state, input.partition, input.why, input) : stay(state);
    }
    case 'settled': {
      const term = state.terms.get(input.partition);
      return term?.token === input.token ? settled(state, term, input) : stay(state);
    }
    case 'health': {
      const inside = insideOf(state);
      if (inside === undefined) return stay(state);
      return inTurn(
        state,
        (s) => healthAnswered(s, inside, input, input),
        ...input.ailing.map((p) => (s: MemberState) => resignTerm(s, p, 'unhealthy', input)),
      );
    }
    case 'sighted':
    case 'written':
    case 'records-written': {
      const purpose = state.requests.get(input.request);
      if (purpose === undefined) return stay(state);
      const open = { ...state, requests: without(state.requests, input.request) };
      return answer(open, purpose, input);
    }
    case 'tick':
      return stay(state);
  }
}

function join(state: MemberState, now: Input): Step {
  if (state.membership.kind !== 'idle' || state.leaves) return stay(state);
  const { monotonicMs } = now.at;
  const plan = { ...state.plan, nextHeadAt: monotonicMs, strongNext: true };
  return become(state, { plan, membership: { kind: 'outside', joinAt: monotonicMs } });
}

function leave(state: MemberState, now: Input): Step {
  const { membership } = state;
  const leaving = { ...state, leaves: true, soughtStale: true };
  switch (membership.kind) {
    case 'idle':
    case 'outside':
      return become(leaving, { membership: { kind: 'idle' } }, { kind: 'left' });
    case 'inside':
      return become(leaving, { membership: { ...membership, leaving: stopped(now) } });
    case 'joining':
    case 'parting':
      return stay(leaving);
  }
}

type Answer = Extract<Input, { kind: 'sighted' | 'written' | 'records-written' }>;

function answer(state: MemberState, purpose: Purpose, input: Answer): Step {
  switch (input.kind) {
    case 'sighted':
      return sighted(state, purpose, input);
    case 'written':
      return written(state, purpose, input);
    case 'records-written':
      return purpose.kind === 'batch'
        ? recordsWritten(state, purpose.writes, input.outcomes, input)
        : stay(state);
  }
}

function sighted(
  state: MemberState,
  purpose: Purpose,
  input: Extract<Input, { kind: 'sighted' }>,
): Step {
  const { sighting } = input;
  switch (purpose.kind) {
    case 'head':
      return headSighted(state, sighting, input);
    case 'body':
      return bodySighted(state, purpose.head, sighting, input);
    case 'watch':
      return memberSighted(state, purpose, sighting, input);
    case 'bury-look':
      return graveSighted(state, purpose.memberId, sighting, input);
    case 'audit':
      return audited(state, sighting, input);
    case 'plan-look':
      return lookedForPlan(state, sighting, input);
    case 'plan-roster':
      return rosterForPlan(state, sighting, input);
    case 'records':
      return recordsSighted(state, purpose.partitions, sighting, input);
    default:
      return stay(state);
  }
}

function written(
  state: MemberState,
  purpose: Purpose,
  input: Extract<Input, { kind: 'written' }>,
): Step {
  const { outcome } = input;
  const { membership } = state;
  switch (purpose.kind) {
    case 'join':
      return membership.kind === 'joining' && membership.attempts.nonce === purpose.nonce
        ? joinAnswered(state, membership, outcome, input)
        : stay(state);
    case 'heartbeat':
      return membership.kind === 'inside' && membership.heartbeat?.write.revision === purpose.nonce
        ? heartbeatAnswered(state, membership, outcome, input)
        : stay(state);
    case 'part':
      return membership.kind === 'parting' && membership.attempts.nonce === purpose.nonce
        ? partAnswered(state, membership, outcome, input)
        : stay(state);
    case 'depose':
      return deposeAnswered(state, purpose, outcome, input);
    case 'bury':
      return buried(state, purpose.memberId, outcome, input);
    case 'plan-claim':
      return claimAnswered(state, purpose.nonce, outcome, input);
    case 'plan-body':
      return bodyWritten(state, outcome, input);
    case 'plan-head':
      return planWritten(state, purpose, outcome, input);
    default:
      return stay(state);
  }
}
