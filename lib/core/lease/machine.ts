/**
 * The election, as one pure function of state, input and time.
 *
 * `step` decides everything that `docs/protocol.md` (sections 2 to 8) says of a candidate. It reads
 * no clock, awaits nothing and draws no randomness: all three come with the input. The same function
 * runs in production, in the simulator and in the golden scenarios.
 *
 * It does not guarantee that a leader stops acting when its term is over. The fence is for that.
 */

import type { Patience } from '../term/effects.ts';
import { NO_HOLD_OFF, recountHoldOff } from '../term/hold-off.ts';
import { andThen, finite, type Machine, move, stay } from '../term/machine.ts';
import { later, type Reading, type Stamped } from '../time/instant.ts';
import { acquireAnswered, acquiringDueInMs, proceedAcquiring } from './acquiring.ts';
import { resolveOutcome } from './answers.ts';
import type { CandidateInput, Effect } from './effects.ts';
import {
  expire,
  healthAnswered,
  joined,
  leadingDueInMs,
  proceedLeading,
  renewalAnswered,
  resign,
} from './leading.ts';
import { recountAfterFreeze } from './observation.ts';
import { proceedReleasing, release, releaseAnswered, releasingDueInMs } from './releasing.ts';
import { type CandidateState, type Input, type LeaseStep, type Self, waitingNow } from './state.ts';
import { outrun, proceedWaiting, sighted, waitingDueInMs } from './waiting.ts';

/** The whole protocol of the lease. */
export type LeaseMachine = Machine<Self, CandidateState, CandidateInput, Effect>;
export const leaseMachine: LeaseMachine = { initial: initialState, step, wakeInMs };

/** A candidate that has seen nothing and waits for its first campaign. */
export function initialState(self: Self): CandidateState {
  const known = { knownToken: 0n, readsAsked: 0, historyAsked: false };
  return { self, phase: { kind: 'idle' }, ...known, ...NO_HOLD_OFF };
}

/** One transition: first what time has already ended, then the input, then what has become due. */
export function step(state: CandidateState, input: Input): LeaseStep {
  const expired = state.phase.kind === 'leading' ? expire(state, state.phase, input) : stay(state);
  return andThen(
    andThen(expired, (s) => apply(s, input)),
    (s) => proceed(s, input),
  );
}

/** Milliseconds until time alone makes something due; `undefined` where only an input can. */
export function wakeInMs(state: CandidateState, now: Reading): number | undefined {
  const { phase } = state;
  switch (phase.kind) {
    case 'idle':
    case 'joining':
      return undefined;
    case 'waiting':
      return finite(waitingDueInMs(state, phase, now));
    case 'acquiring':
      return finite(acquiringDueInMs(phase, now));
    case 'leading':
      return finite(leadingDueInMs(state, phase, now));
    case 'releasing':
      return finite(releasingDueInMs(state, phase, now));
  }
}

/** What the input changes. An input that does not concern the phase changes nothing: it came too late. */
function apply(state: CandidateState, input: Input): LeaseStep {
  const { phase } = state;
  switch (input.kind) {
    case 'campaign':
      return campaign(state, input, input);
    case 'abandon':
      if (phase.kind === 'waiting') return move(state, { kind: 'idle' });
      return phase.kind === 'acquiring' ? move(state, { ...phase, abandoned: true }) : stay(state);
    case 'resign':
      return phase.kind === 'leading' ? resign(state, phase, input, input) : stay(state);
    case 'settled':
      if (phase.kind === 'leading') return release(state, phase, input);
      return phase.kind === 'joining' ? joined(state, phase) : stay(state);
    case 'sighted':
      return phase.kind === 'waiting' ? sighted(state, phase, input, input) : stay(state);
    case 'answered':
      return answered(state, input);
    case 'health':
      if (phase.kind !== 'leading') return stay(state);
      return healthAnswered(state, phase, input.healthy, input);
    case 'renew':
      if (phase.kind !== 'leading') return stay(state);
      return move(state, { ...phase, leading: { ...phase.leading, isEager: true } });
    case 'proclaim':
      return phase.kind === 'leading'
        ? move(state, { ...phase, proclaimed: input.attributes })
        : stay(state);
    case 'hint':
      return phase.kind === 'waiting' ? move(state, { ...phase, wanted: 'strong' }) : stay(state);
    case 'thawed':
      return stay(recounted(state, input));
    case 'tick':
      return stay(state);
  }
}

/**
 * Counts the time in which this process was frozen, by a wall clock with a stated bound on its
 * error. Without a bound only the hold-off is recounted. The observation of another's lease stays
 * as short as it was seen: a wall clock without a bound must not end a lease.
 */
function recounted(
  before: CandidateState,
  { at, clockErrorMsMax }: { at: Reading; clockErrorMsMax?: number | undefined },
): CandidateState {
  const state = recountHoldOff(before, at);
  if (state.seen === undefined || clockErrorMsMax === undefined) return state;
  return { ...state, seen: recountAfterFreeze(state.seen, at, clockErrorMsMax) };
}

/** What has become due by now. */
function proceed(state: CandidateState, now: Stamped): LeaseStep {
  const { phase } = state;
  switch (phase.kind) {
    case 'idle':
    case 'joining':
      return stay(state);
    case 'waiting':
      return proceedWaiting(state, phase, now);
    case 'acquiring':
      return proceedAcquiring(state, phase, now);
    case 'leading':
      return proceedLeading(state, phase, now);
    case 'releasing':
      return proceedReleasing(state, phase, now);
  }
}

/**
 * Begins to wait. An acquire that an earlier caller gave up is taken over, since it may have been
 * granted. A caller that does not wait is refused while this candidate lets others go first.
 */
function campaign(
  before: CandidateState,
  { patience, endsInMs }: { patience: Patience; endsInMs?: number | undefined },
  now: Stamped,
): LeaseStep {
  const { phase } = before;
  const state = { ...before, endsAt: endsInMs === undefined ? undefined : later(now.at, endsInMs) };
  const asked = { patience, since: now.at.monotonicMs };
  // An acquire that an earlier caller abandoned serves this campaign, if it is granted.
  if (phase.kind === 'acquiring') return move(state, { ...phase, ...asked, abandoned: false });
  if (phase.kind !== 'idle') throw new Error(`a candidate that is ${phase.kind} cannot campaign`);
  if (patience !== 'until-elected' && now.at.monotonicMs < state.holdOffUntil) {
    return move(state, { kind: 'idle' }, { kind: 'not-elected' });
  }
  return move(state, waitingNow(asked, now));
}

/** An answer belongs to the write that carries its nonce; answers to anything else come too late. */
function answered(state: CandidateState, input: Extract<Input, { kind: 'answered' }>): LeaseStep {
  const { phase } = state;
  const attempts =
    phase.kind === 'leading'
      ? phase.leading.renewal
      : phase.kind === 'acquiring' || phase.kind === 'releasing'
        ? phase.attempts
        : undefined;
  if (attempts?.nonce !== input.nonce) return stay(state);
  const outcome = resolveOutcome(input.nonce, input.outcome);
  // A late `unknown` says nothing about the attempt that is in flight now.
  if (outcome.kind === 'unknown' && input.attempt !== attempts.attempt) return stay(state);
  switch (phase.kind) {
    case 'leading':
      return renewalAnswered(state, phase, outcome, input);
    case 'acquiring':
      return outcome.kind === 'refused'
        ? outrun(state, phase, outcome.record, input)
        : acquireAnswered(state, phase, outcome, input);
    case 'releasing':
      return releaseAnswered(state, phase, outcome, input);
    case 'idle':
    case 'joining':
    case 'waiting':
      return stay(state);
  }
}
