/**
 * A candidate that waits for a baton: the queue's check and the long polls.
 *
 * A logical receive keeps its attempt id through its retries, so that an answer which was lost on the
 * way is given again. A standby writes nothing.
 */
import {
  ATTEMPTS_ONCE,
  type Attempts,
  firstAttempt,
  postponed,
  retried,
  retryInMs,
  steadyPauseMs,
  type Unknown,
} from '../term/attempts.ts';
import { andThen, move, stay } from '../term/machine.ts';
import { later, type Reading, type Stamped } from '../time/instant.ts';
import { claim, isUseful } from './claiming.ts';
import type { CheckOutcome, ReceiveOutcome } from './queue.ts';
import { countWhenDue } from './reseeding.ts';
import {
  type BatonEffect,
  type BatonState,
  type BatonStep,
  refuse,
  type Waiting,
} from './state.ts';

/** The least that SQS can wait. */
const RECEIVE_WAIT_MS_MIN = 1_000;
/** Between two receives when one comes back empty too early. A poll that waits is not delayed. */
const RECEIVE_INTERVAL_MS_MIN = 100;

/** What time alone makes due while waiting. */
export function proceedWaiting(state: BatonState, waiting: Waiting, now: Stamped): BatonStep {
  const { receive } = waiting;
  if (waiting.checking) return stay(state);
  if (receive !== undefined) {
    if (retryInMs(receive, now.at) > 0) return stay(state);
    return repeatReceive(state, waiting, now);
  }
  if (waiting.abandoned) return move(state, { kind: 'idle' });
  if (now.at.monotonicMs < startAt(state, waiting)) return stay(state);
  if (oneLeaseLeftMs(state, waiting, now.at) <= 0) return giveUp(state);
  if (!state.checked) return move(state, { ...waiting, checking: true }, { kind: 'check-queue' });
  return newReceive(state, waiting, now);
}

/** Milliseconds until `proceedWaiting` may do something, if no input comes before. */
export function waitingDueInMs(state: BatonState, waiting: Waiting, now: Reading): number {
  if (waiting.checking) return Infinity;
  if (waiting.receive !== undefined) return Math.max(0, retryInMs(waiting.receive, now));
  return Math.max(0, startAt(state, waiting) - now.monotonicMs);
}

/** The instant before which nothing is asked: after a failure, and while others go first. */
function startAt(state: BatonState, waiting: Waiting): number {
  return Math.max(waiting.notBefore, state.holdOffUntil);
}

/** Whether the queue can elect at all. Asked once, before the first receive. */
export function queueChecked(
  state: BatonState,
  waiting: Waiting,
  outcome: CheckOutcome,
  now: Stamped,
): BatonStep {
  const idle: Waiting = { ...waiting, checking: false };
  switch (outcome.kind) {
    case 'granted': {
      const { problems } = outcome;
      if (problems.length > 0) return refuse(state, { kind: 'unfit-queue', problems });
      return move({ ...state, checked: true }, idle);
    }
    case 'unknown':
      if (isFinal(state, waiting, outcome, now)) {
        return refuse(state, { kind: 'queue', cause: outcome.cause });
      }
      return waitAfterFailure(state, idle, outcome.cause, now);
  }
}

/** What a receive came to. The caller has seen that the answer is to the attempt in flight. */
export function received(
  state: BatonState,
  waiting: Waiting,
  outcome: ReceiveOutcome,
  now: Stamped,
): BatonStep {
  const { receive } = waiting;
  if (receive === undefined) return stay(state);
  const between: Waiting = { ...waiting, receive: undefined, unanswered: undefined };
  switch (outcome.kind) {
    case 'granted':
      return outcome.batons.length > 0
        ? claim(state, waiting, outcome.batons, now)
        : receivedNothing(state, waiting, now);
    case 'refused':
      if (waiting.abandoned) return move(state, { kind: 'idle' });
      if (waiting.patience === 'once') {
        return refuse(state, { kind: 'queue', cause: outcome.cause });
      }
      return waitAfterFailure(state, between, outcome.cause, now);
    case 'unknown': {
      const { cause, permanent } = outcome;
      // The receive was cut because no caller waits. Ask once more: it may have taken a baton.
      if (waiting.abandoned) {
        return receive.attempt === 1
          ? repeatReceive(state, waiting, now)
          : move(state, { kind: 'idle' });
      }
      const givenUp = waiting.patience === 'once' && receive.attempt >= ATTEMPTS_ONCE;
      if (permanent || givenUp || oneLeaseLeftMs(state, waiting, now.at) <= 0) {
        return refuse(state, { kind: 'queue', cause });
      }
      return move(
        state,
        { ...waiting, receive: receiveLater(state, waiting, receive, now) },
        { kind: 'note', note: { kind: 'unconfirmed', cause } },
      );
    }
  }
}

/**
 * No caller waits any more. A receive in flight may have taken a baton, so it is cut and asked
 * again.
 */
export function abandon(state: BatonState, waiting: Waiting): BatonStep {
  const { receive } = waiting;
  if (receive === undefined) return move(state, { kind: 'idle' });
  const abandoned: Waiting = { ...waiting, abandoned: true };
  const polling = receive.attempt === 1 && receive.retryAt === undefined;
  return polling ? move(state, abandoned, { kind: 'cut-receive' }) : move(state, abandoned);
}

/** A new logical receive: a long poll with an attempt id of its own. */
function newReceive(state: BatonState, waiting: Waiting, now: Stamped): BatonStep {
  const receive = firstAttempt(now);
  const waitMs = waitFor(state, waiting, now.at);
  return move(
    state,
    { ...waiting, receive },
    { kind: 'receive', id: receive.nonce, attempt: 1, waitMs },
  );
}

/**
 * Repeats the receive under the same id, so that SQS gives a lost answer again. It does not wait
 * for messages, since the visibility timeout of a lost answer runs already.
 */
function repeatReceive(state: BatonState, waiting: Waiting, now: Stamped): BatonStep {
  const { receive } = waiting;
  if (receive === undefined) return stay(state);
  if (!isUseful(receive.sentAt, now.at, state.self.timings)) {
    if (waiting.abandoned) return move(state, { kind: 'idle' });
    return newReceive(state, { ...waiting, unanswered: true }, now);
  }
  const next = retried(receive);
  const { nonce: id, attempt } = next;
  return move(state, { ...waiting, receive: next }, { kind: 'receive', id, attempt, waitMs: 0 });
}

/**
 * Retries come soon at first. Once a whole receive had no answer, they come no faster than polls.
 */
function receiveLater(
  { self }: BatonState,
  { unanswered }: Waiting,
  receive: Attempts,
  now: Stamped,
): Attempts {
  const { timings, limits } = self;
  if (!unanswered) return postponed(receive, now, timings);
  const pollMs = Math.max(timings.renewIntervalMs, limits.pollWaitMs);
  return { ...receive, retryAt: later(now.at, steadyPauseMs(pollMs, now)) };
}

/**
 * The poll came back empty: another candidate holds the baton, or there is none, which a count may
 * show.
 */
function receivedNothing(state: BatonState, waiting: Waiting, now: Stamped): BatonStep {
  const counting = countWhenDue(state, now);
  return andThen(counting, (s) => {
    if (waiting.abandoned) return move(s, { kind: 'idle' });
    if (waiting.patience === 'once') return giveUp(s);
    const sentMs = waiting.receive?.sentAt.monotonicMs ?? now.at.monotonicMs;
    const notBefore = sentMs + RECEIVE_INTERVAL_MS_MIN;
    const between = { receive: undefined, unanswered: undefined };
    const next: Waiting = { ...waiting, ...between, notBefore, told: true };
    // A queue does not show who leads.
    const waits: BatonEffect = { kind: 'note', note: { kind: 'standby', record: undefined } };
    return move(s, next, ...(waiting.told ? [] : [waits]));
  });
}

/**
 * Whether a failed check of the queue ends the campaign. A failure that the account may heal ends
 * only a campaign that does not wait.
 */
function isFinal(
  state: BatonState,
  waiting: Waiting,
  { permanent, denied }: Unknown,
  now: Stamped,
): boolean {
  if (permanent || waiting.patience === 'once') return true;
  if (waiting.patience === 'until-elected') return false;
  return denied === true || oneLeaseLeftMs(state, waiting, now.at) <= 0;
}

/** Asks again at the steady rate, so that a queue that comes back meets no storm. */
function waitAfterFailure(
  state: BatonState,
  waiting: Waiting,
  cause: unknown,
  now: Stamped,
): BatonStep {
  const delayMs = steadyPauseMs(state.self.timings.renewIntervalMs, now);
  return move(
    state,
    { ...waiting, notBefore: now.at.monotonicMs + delayMs },
    { kind: 'note', note: { kind: 'unconfirmed', cause } },
  );
}

/** Even one attempt waits a little: a receive that does not wait asks only some of SQS's servers. */
function waitFor(state: BatonState, waiting: Waiting, now: Reading): number {
  const { pollWaitMs } = state.self.limits;
  if (waiting.patience === 'once') return Math.min(RECEIVE_WAIT_MS_MIN, pollWaitMs);
  const leftMs = oneLeaseLeftMs(state, waiting, now);
  const wholeSecondsMs = Math.ceil(leftMs / RECEIVE_WAIT_MS_MIN) * RECEIVE_WAIT_MS_MIN;
  return Math.min(wholeSecondsMs, pollWaitMs);
}

/**
 * Milliseconds that a `one-lease` campaign still waits. A leader that died before it began is gone
 * by then: its baton has become receivable.
 */
function oneLeaseLeftMs(state: BatonState, waiting: Waiting, now: Reading): number {
  if (waiting.patience !== 'one-lease') return Infinity;
  return waiting.since + state.self.timings.leaseDurationMs - now.monotonicMs;
}

/** A campaign that does not wait any longer ends without the role. */
function giveUp(state: BatonState): BatonStep {
  return move(state, { kind: 'idle' }, { kind: 'not-elected' });
}
