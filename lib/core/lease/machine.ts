/**
 * The election, as one pure function of state, input and time.
 *
 * `step` decides everything that `docs/protocol.md` (sections 2 to 8) says of a candidate. It reads no clock, awaits
 * nothing and draws no randomness: all three come with the input. The same function runs in
 * production, in the simulator and in the golden scenarios.
 *
 * It does not guarantee that anyone stops acting when it says so; that is what the fence is for.
 */
import { later, retried, retryInMs } from '../term/attempts.ts';
import { recountHoldOff } from '../term/hold-off.ts';
import { remainingMs } from '../term/leading.ts';
import type { Reading } from '../time/instant.ts';
import { resolve } from './answers.ts';
import type { Patience, Stamped } from './effects.ts';
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
import type { WriteOutcome } from './record.ts';
import { proceedReleasing, release, releaseAnswered, releasingDueInMs } from './releasing.ts';
import {
  type Acquiring,
  andThen,
  type CandidateState,
  type Input,
  move,
  type Self,
  type Step,
  stay,
} from './state.ts';
import { acquireAnswered, proceedWaiting, sighted, waitingDueInMs, waitingNow } from './waiting.ts';

export function initialState(self: Self): CandidateState {
  return {
    self,
    phase: { kind: 'idle' },
    knownToken: 0n,
    readsAsked: 0,
    shortTerms: 0,
    holdOffUntil: 0,
  };
}

/** One transition: first what time has already ended, then the input, then what has become due. */
export function step(state: CandidateState, input: Input): Step {
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
      return finite(Math.max(0, retryInMs(phase.attempts, now)));
    case 'leading':
      return finite(leadingDueInMs(state, phase, now));
    case 'releasing':
      return finite(releasingDueInMs(state, phase, now));
  }
}

function finite(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined;
}

function apply(state: CandidateState, input: Input): Step {
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
    case 'hint':
      return phase.kind === 'waiting' ? move(state, { ...phase, wanted: 'strong' }) : stay(state);
    case 'thawed':
      return stay(recounted(state, input));
    case 'tick':
      return stay(state);
  }
}

function recounted(
  before: CandidateState,
  { at, clockErrorMsMax }: { at: Reading; clockErrorMsMax?: number | undefined },
): CandidateState {
  const state = recountHoldOff(before, at);
  if (state.seen === undefined || clockErrorMsMax === undefined) return state;
  return { ...state, seen: recountAfterFreeze(state.seen, at, clockErrorMsMax) };
}

function proceed(state: CandidateState, now: Stamped): Step {
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

function campaign(
  before: CandidateState,
  { patience, endsInMs }: { patience: Patience; endsInMs?: number | undefined },
  now: Stamped,
): Step {
  const { phase } = before;
  const state = { ...before, endsAt: endsInMs === undefined ? undefined : later(now.at, endsInMs) };
  // An acquire that an earlier caller abandoned is ours again, should it be granted.
  if (phase.kind === 'acquiring') return move(state, { ...phase, patience, abandoned: false });
  if (phase.kind !== 'idle') throw new Error(`a candidate that is ${phase.kind} cannot campaign`);
  if (patience !== 'until-elected' && now.at.monotonicMs < state.holdOffUntil) {
    return move(state, { kind: 'idle' }, { kind: 'not-elected' });
  }
  return move(state, waitingNow(patience, now));
}

/** An answer belongs to the write that carries its nonce; answers to anything else come too late. */
function answered(state: CandidateState, input: Extract<Input, { kind: 'answered' }>): Step {
  const { phase } = state;
  const attempts =
    phase.kind === 'leading'
      ? phase.leading.renewal
      : phase.kind === 'acquiring' || phase.kind === 'releasing'
        ? phase.attempts
        : undefined;
  if (attempts?.nonce !== input.nonce) return stay(state);
  const outcome = resolve(input.nonce, input.outcome);
  // A late `unknown` says nothing about the attempt that is in flight now.
  if (outcome.kind === 'unknown' && input.attempt !== attempts.attempt) return stay(state);
  switch (phase.kind) {
    case 'leading':
      return renewalAnswered(state, phase, outcome, input);
    case 'acquiring':
      return acquireResolved(state, phase, outcome, input);
    case 'releasing':
      return releaseAnswered(state, phase, outcome, input);
    case 'idle':
    case 'joining':
    case 'waiting':
      return stay(state);
  }
}

function acquireResolved(
  state: CandidateState,
  acquiring: Acquiring,
  outcome: WriteOutcome,
  now: Stamped,
): Step {
  if (outcome.kind !== 'granted') return acquireAnswered(state, acquiring, outcome, now);
  const { attempts, write } = acquiring;
  const leading = {
    token: write.token,
    electedAt: now.at,
    confirmedAt: attempts.sentAt,
    leaseMs: write.leaseDurationMs,
    revision: write.revision,
    checkingHealth: false,
  };
  const known = { ...state, knownToken: write.token };
  const holding = { kind: 'leading', leading, announced: false, requested: false } as const;
  if (acquiring.abandoned) return releaseUnwanted(known, holding, now);
  // Confirmed too late to be of use: the record names us, and is taken again with a new token.
  const { timings } = state.self;
  if (remainingMs(leading, now.at, timings) <= timings.lossGraceMs) {
    return move(known, waitingNow(acquiring.patience, now));
  }
  const seen = state.seen;
  return move(known, holding, {
    kind: 'elected',
    leading,
    latencyMs: now.at.monotonicMs - attempts.sentAt.monotonicMs,
    leaderlessMs: seen && now.at.monotonicMs - seen.firstSeenAt.monotonicMs,
    previousHolder: seen?.record.holder,
    previousToken: seen?.record.token,
  });
}

/** A term that nobody waits for: given back without ever having been led. */
function releaseUnwanted(
  state: CandidateState,
  holding: Parameters<typeof release>[1],
  now: Stamped,
): Step {
  const released = release(state, holding, now);
  return { ...released, effects: released.effects.filter(({ kind }) => kind === 'write') };
}

/** Retries with the same nonce, so that an answer that was lost still counts. */
function proceedAcquiring(state: CandidateState, acquiring: Acquiring, now: Stamped): Step {
  const { attempts, write } = acquiring;
  if (retryInMs(attempts, now.at) > 0) return stay(state);
  const sentMs = now.at.monotonicMs - attempts.sentAt.monotonicMs;
  // Nobody waits, and whatever was written has by now run out for everyone.
  if (acquiring.abandoned && sentMs > 2 * state.self.timings.leaseDurationMs) {
    return move(state, { kind: 'idle' });
  }
  const next = retried(attempts);
  const { attempt } = next;
  return move(state, { ...acquiring, attempts: next }, { kind: 'write', write, attempt });
}
