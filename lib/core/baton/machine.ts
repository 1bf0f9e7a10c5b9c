/**
 * The election over an SQS FIFO queue, as one pure function of state, input and time.
 *
 * `step` decides everything that `docs/protocol.md` (sections 9 and 10) says of a candidate. It reads
 * no clock, awaits nothing and draws no randomness: all three come with the input.
 *
 * It rests on two statements of SQS's documentation: while a message of a group is in flight no other
 * of the group is delivered, and numbers in a group rise in the order of sends. That an expired receipt
 * handle cannot delete is needed for a release that arrives late. That it cannot extend is not: an
 * extension counts only if its answer came while the baton was certainly still invisible.
 */

import type { Patience } from '../term/effects.ts';
import { NO_HOLD_OFF } from '../term/hold-off.ts';
import { andThen, finite, move, stay } from '../term/machine.ts';
import type { Reading, Stamped } from '../time/instant.ts';
import {
  claimingDueInMs,
  expireClaim,
  numberProblem,
  olderOf,
  proceedClaiming,
  sendFailed,
  tidy,
} from './claiming.ts';
import {
  elect,
  expire,
  healthAnswered,
  leadingDueInMs,
  proceedLeading,
  release,
  renewalAnswered,
  resign,
} from './leading.ts';
import type { SendOutcome } from './queue.ts';
import {
  proceedReleasing,
  releaseAnswered,
  releaseUnwanted,
  releasingDueInMs,
} from './releasing.ts';
import { counted } from './reseeding.ts';
import {
  type Answer,
  type BatonMachine,
  type BatonSelf,
  type BatonState,
  type BatonStep,
  type Claiming,
  isAnswerTo,
  refuse,
  type StampedBatonInput,
  waitingNow,
} from './state.ts';
import { abandon, proceedWaiting, queueChecked, received, waitingDueInMs } from './waiting.ts';

/** A candidate that has seen nothing and waits for its first campaign. */
export function initialBatonState(self: BatonSelf): BatonState {
  return {
    self,
    phase: { kind: 'idle' },
    checked: false,
    knownToken: 0n,
    counting: false,
    nextCountAt: 0,
    ...NO_HOLD_OFF,
  };
}

/** The whole protocol of the baton. Passed in by `sqsBaton`, so that DynamoDB users do not bundle it. */
export const batonMachine: BatonMachine = {
  initial: initialBatonState,
  step: stepBaton,
  wakeInMs: batonWakeInMs,
};

/** One transition: first what time has already ended, then the input, then what has become due. */
export function stepBaton(state: BatonState, input: StampedBatonInput): BatonStep {
  return andThen(
    andThen(expireFirst(state, input), (s) => apply(s, input)),
    (s) => proceed(s, input),
  );
}

/** Milliseconds until time alone makes something due; `undefined` where only an input can. */
export function batonWakeInMs(state: BatonState, now: Reading): number | undefined {
  return finite(dueInMs(state, now));
}

/** Milliseconds until time alone makes something due; infinite where only an input can. */
function dueInMs(state: BatonState, now: Reading): number {
  const { phase } = state;
  switch (phase.kind) {
    case 'idle':
    case 'joining':
      return Infinity;
    case 'waiting':
      return waitingDueInMs(state, phase, now);
    case 'claiming':
      return claimingDueInMs(state, phase, now);
    case 'leading':
      return leadingDueInMs(state, phase, now);
    case 'releasing':
      return releasingDueInMs(state, phase, now);
  }
}

/** What time has ended already, before the input is looked at: a claim or a term. */
function expireFirst(state: BatonState, now: Stamped): BatonStep {
  const { phase } = state;
  if (phase.kind === 'leading') return expire(state, phase, now);
  return phase.kind === 'claiming' ? expireClaim(state, phase, now) : stay(state);
}

/** What the input changes. An input that does not concern the phase changes nothing: it came too late. */
function apply(state: BatonState, input: StampedBatonInput): BatonStep {
  const { phase } = state;
  switch (input.kind) {
    case 'campaign':
      return campaign(state, input.patience, input);
    case 'abandon':
      if (phase.kind === 'waiting') return abandon(state, phase);
      return phase.kind === 'claiming' ? move(state, { ...phase, abandoned: true }) : stay(state);
    case 'resign':
      return phase.kind === 'leading' ? resign(state, phase, input.why, input) : stay(state);
    case 'settled':
      if (phase.kind === 'leading') return release(state, phase, input);
      if (phase.kind !== 'joining') return stay(state);
      return move(state, { kind: 'idle' }, { ...phase, kind: 'ended', released: false });
    case 'checked':
      if (phase.kind !== 'waiting') return stay(state);
      return queueChecked(state, phase, input.outcome, input);
    case 'received':
      if (phase.kind !== 'waiting' || !phase.receive) return stay(state);
      if (!isAnswerTo(phase.receive, input)) return stay(state);
      return received(state, phase, input.outcome, input);
    case 'sent':
      return sent(state, input, input.outcome, input);
    case 'extended':
      if (phase.kind !== 'leading' || !phase.leading.renewal) return stay(state);
      if (!isAnswerTo(phase.leading.renewal, input)) return stay(state);
      return renewalAnswered(state, phase, input.outcome, input);
    case 'deleted':
      if (phase.kind === 'claiming') return tidied(state, phase, input);
      if (phase.kind !== 'releasing' || !isAnswerTo(phase.attempts, input)) return stay(state);
      return releaseAnswered(state, phase, input.outcome, input);
    case 'counted':
      return counted(state, input.outcome, input);
    case 'health':
      if (phase.kind !== 'leading') return stay(state);
      return healthAnswered(state, phase, input.healthy, input);
    case 'renew':
      if (phase.kind !== 'leading') return stay(state);
      return move(state, { ...phase, leading: { ...phase.leading, isEager: true } });
    // A candidate does not observe a queue, so a freeze leaves nothing to recount. A long poll that
    // waits hears of a vacancy by itself.
    case 'hint':
    case 'thawed':
    case 'tick':
      return stay(state);
  }
}

/** What has become due by now. */
function proceed(state: BatonState, now: Stamped): BatonStep {
  const { phase } = state;
  switch (phase.kind) {
    case 'idle':
    case 'joining':
      return stay(state);
    case 'waiting':
      return proceedWaiting(state, phase, now);
    case 'claiming':
      return proceedClaiming(state, phase, now);
    case 'leading':
      return proceedLeading(state, phase, now);
    case 'releasing':
      return proceedReleasing(state, phase, now);
  }
}

/** Begins to wait. A receive or a claim that an earlier caller gave up is taken over. */
function campaign(state: BatonState, patience: Patience, now: Stamped): BatonStep {
  const { phase } = state;
  // A receive or claim that an earlier caller abandoned serves this campaign, if it brings a baton.
  if (phase.kind === 'claiming') return move(state, { ...phase, patience, abandoned: false });
  if (phase.kind === 'waiting') {
    const since = now.at.monotonicMs;
    return move(state, { ...phase, patience, since, abandoned: false });
  }
  if (phase.kind !== 'idle') throw new Error(`a candidate that is ${phase.kind} cannot campaign`);
  if (patience === 'once' && now.at.monotonicMs < state.holdOffUntil) {
    return move(state, { kind: 'idle' }, { kind: 'not-elected' });
  }
  return move(state, waitingNow(patience, now));
}

/**
 * Learns the successor's number whenever its answer comes. The number is a token only if it comes
 * in time.
 */
function sent(state: BatonState, answer: Answer, outcome: SendOutcome, now: Stamped): BatonStep {
  const { phase } = state;
  const claiming = phase.kind === 'claiming' && isAnswerTo(phase.send, answer) ? phase : undefined;
  switch (outcome.kind) {
    case 'granted': {
      const { token } = outcome;
      const known = token > state.knownToken ? { ...state, knownToken: token } : state;
      return claiming ? confirmedSend(state, known, claiming, token, now) : stay(known);
    }
    case 'unknown':
      return claiming ? sendFailed(state, claiming, outcome, now) : stay(state);
  }
}

/**
 * The successor is in the queue, and its number is the token. The candidate leads, or gives the
 * batons back where no caller waits.
 */
function confirmedSend(
  before: BatonState,
  known: BatonState,
  claiming: Claiming,
  token: bigint,
  now: Stamped,
): BatonStep {
  const problem = numberProblem(before, claiming, token);
  if (problem !== undefined) {
    const { batons } = claiming;
    const given = move(known, { kind: 'idle' }, { kind: 'give-back', batons });
    return claiming.abandoned ? given : andThen(given, (s) => refuse(s, problem));
  }
  if (claiming.abandoned) return releaseUnwanted(known, claiming, token, now);
  return olderOf(claiming.batons).length > 0
    ? tidy(known, claiming, token)
    : elect(known, claiming, { token, older: [] }, now);
}

/**
 * The deletion of the older batons was answered. Those not known to be deleted go with the release.
 */
function tidied(
  state: BatonState,
  claiming: Claiming,
  answer: Extract<StampedBatonInput, { kind: 'deleted' }>,
): BatonStep {
  const { token, batons } = claiming;
  if (token === undefined || !isAnswerTo(claiming.send, answer)) return stay(state);
  if (claiming.abandoned) return releaseUnwanted(state, claiming, token, answer);
  const older = answer.outcome.kind === 'granted' ? [] : olderOf(batons);
  return elect(state, claiming, { token, older }, answer);
}
