/**
 * One process's lease in a group, as time makes it go on: joining, heartbeats, and its end.
 */
import { retried, retryInMs } from '../../term/attempts.ts';
import { stay } from '../../term/machine.ts';
import type { Reading, Stamped } from '../../time/instant.ts';
import type { Inside, MemberState } from '../member/state.ts';
import { become, each, insideOf, inTurn, type Step, send } from '../member/steps.ts';
import { isLive, stopTerm } from '../member/terms.ts';
import { beat, heartbeatInMs, leaseLeftMs, retryHeartbeat, spareLeftMs } from './heartbeat.ts';
import { join } from './joining.ts';
import { hasLeft, lapse, leaveLeftMs, part, parted, partingLeftMs } from './parting.ts';

/** Ends the lease if its time has passed, before any input is looked at. */
export function expire(state: MemberState, now: Stamped): Step {
  const inside = insideOf(state);
  if (inside === undefined || leaseLeftMs(inside, now.at, state.self.timings) > 0) {
    return stay(state);
  }
  return lapse(state, inside, 'lapsed', now);
}

/** What time alone makes due for the membership. */
export function proceedMembership(state: MemberState, now: Stamped): Step {
  const { membership, plan } = state;
  switch (membership.kind) {
    case 'idle':
      return stay(state);
    case 'outside':
      return plan.head !== undefined && now.at.monotonicMs >= membership.joinAt
        ? join(state, now)
        : stay(state);
    case 'joining':
    case 'parting': {
      if (membership.kind === 'parting' && partingLeftMs(state, membership, now.at) <= 0) {
        return parted(state, membership, now);
      }
      if (retryInMs(membership.attempts, now.at) > 0) return stay(state);
      const again = { ...membership, attempts: retried(membership.attempts) };
      const { nonce } = again.attempts;
      const kind = membership.kind === 'joining' ? 'join' : 'part';
      return send({ ...state, membership: again }, membership.write, { kind, nonce });
    }
    case 'inside':
      return proceedInside(state, membership, now);
  }
}

/** Milliseconds until `proceedMembership` may do something, if no input comes before. */
export function membershipDueInMs(state: MemberState, now: Reading): number {
  const { membership, plan, self } = state;
  switch (membership.kind) {
    case 'idle':
      return Infinity;
    case 'outside':
      return plan.head === undefined ? Infinity : membership.joinAt - now.monotonicMs;
    case 'joining':
      return retryInMs(membership.attempts, now);
    case 'parting':
      return Math.min(retryInMs(membership.attempts, now), partingLeftMs(state, membership, now));
    case 'inside': {
      const left = leaseLeftMs(membership, now, self.timings);
      if (membership.lapsing) return left;
      const beat = heartbeatInMs(state, membership, now);
      const leave = membership.leaving ? leaveLeftMs(state, membership.leaving, now) : Infinity;
      const spare = spareLeftMs(state, membership, now);
      const spareMs = spare > 0 ? spare : Infinity;
      return Math.min(
        left,
        left - self.timings.lossGraceMs,
        beat,
        leave > 0 ? leave : Infinity,
        spareMs,
      );
    }
  }
}

function proceedInside(state: MemberState, inside: Inside, now: Stamped): Step {
  const { timings, gated } = state.self;
  const live = [...state.terms.values()].filter(isLive);
  if (inside.lapsing) {
    // Nothing acts under this lease any more, so its last second would gain nothing.
    return live.every(({ settled }) => settled) ? lapse(state, inside, 'lapsed', now) : stay(state);
  }
  if (leaseLeftMs(inside, now.at, timings) <= timings.lossGraceMs) {
    const lapsing = { ...state, membership: { ...inside, lapsing: true } };
    return each(lapsing, live, (s, term) => stopTerm(s, term.partition, 'lapsed', now));
  }
  if (inside.leaving !== undefined && hasLeft(state, inside, now.at))
    return part(state, inside, now);
  const late = inside.leaving !== undefined && leaveLeftMs(state, inside.leaving, now.at) <= 0;
  const toStop = late ? live.filter(({ stopping }) => stopping === undefined) : [];
  return inTurn(
    state,
    (s) => each(s, toStop, (t, term) => stopTerm(t, term.partition, 'resigned', now)),
    (s) => {
      if (heartbeatInMs(s, inside, now.at) > 0) return stay(s);
      if (inside.heartbeat !== undefined) return retryHeartbeat(s, inside, inside.heartbeat);
      if (!gated || inside.leaving !== undefined) return beat(s, inside, now);
      const partitions = live.filter((t) => t.stopping === undefined).map((t) => t.partition);
      const asking = { ...inside, checkingHealth: true };
      return become(s, { membership: asking }, { kind: 'check-health', partitions });
    },
  );
}
