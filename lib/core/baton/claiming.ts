/**
 * A candidate that holds a baton and sends its successor: between receiving and leading.
 *
 * A candidate that has received a baton leads only once its successor is in the queue, and only if that was
 * confirmed while the received one is certainly still invisible. The successor's number is the token:
 * a redelivered message keeps its number, so the received one would not fence a leader that crashed.
 */

import { firstAttempt, postponed, retried, retryInMs } from '../term/attempts.ts';
import { andThen, move, stay } from '../term/machine.ts';
import { pessimisticElapsedMs, type Reading, type Stamped } from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';
import type { Token } from '../token.ts';
import type { Baton, SendOutcome } from './queue.ts';
import {
  type BatonEffect,
  type BatonProblem,
  type BatonState,
  type BatonStep,
  type Claiming,
  refuse,
  type Waiting,
  waitingNow,
} from './state.ts';

/**
 * Milliseconds for which the received baton is certainly still invisible, by the pessimistic clock.
 * Its visibility timeout began after `receivedAt`, the instant before the receive's first attempt.
 */
export function heldForMs(receivedAt: Reading, now: Reading, timings: Timings): number {
  const validMs = timings.leaseDurationMs - timings.marginMs;
  return validMs - pessimisticElapsedMs(receivedAt, now);
}

/** Whether a term that began now would have any time to work. */
export function isUseful(receivedAt: Reading, now: Reading, timings: Timings): boolean {
  return heldForMs(receivedAt, now, timings) > timings.lossGraceMs;
}

/**
 * Decides what becomes of received batons. The candidate gives them back if no caller waits, if
 * they belong to another election, or if they came so late that a term would have no time.
 * Otherwise it sends the successor.
 */
export function claim(
  state: BatonState,
  waiting: Waiting,
  batons: readonly Baton[],
  now: Stamped,
): BatonStep {
  const known: BatonState = { ...state, emptySince: undefined };
  const giveBack: BatonEffect = { kind: 'give-back', batons };
  if (waiting.abandoned) return move(known, { kind: 'idle' }, giveBack);
  const foreign = batons.find((baton) => baton.election !== state.self.election);
  if (foreign !== undefined) {
    const { election } = foreign;
    return andThen(move(known, { kind: 'idle' }, giveBack), (s) =>
      refuse(s, { kind: 'foreign-message', election }),
    );
  }
  const receivedAt = waiting.receive?.sentAt ?? now.at;
  const nonce = now.freshNonce;
  const claiming: Claiming = {
    kind: 'claiming',
    patience: waiting.patience,
    batons,
    receivedAt,
    // A new id for each receive: SQS would answer a repeated id with the older message's number.
    send: firstAttempt(now),
    abandoned: false,
  };
  if (!isUseful(receivedAt, now.at, state.self.timings)) return dropOut(known, claiming, now);
  return move(known, claiming, { kind: 'send', id: nonce, attempt: 1 });
}

/**
 * Gives the batons back once a confirmation would come too late, even while a send is in flight.
 */
export function expireClaim(state: BatonState, claiming: Claiming, now: Stamped): BatonStep {
  const useful = isUseful(claiming.receivedAt, now.at, state.self.timings);
  return useful ? stay(state) : dropOut(state, claiming, now);
}

/**
 * Deletes the batons older than the newest one held, before the term begins. The successor is in
 * the queue, so they have no further use. A leader that died at once would leave them all behind.
 */
export function tidy(state: BatonState, claiming: Claiming, token: Token): BatonStep {
  const { send, batons } = claiming;
  return move(
    state,
    { ...claiming, token },
    { kind: 'delete', id: send.nonce, attempt: send.attempt, batons: olderOf(batons) },
  );
}

/** The baton that a leader keeps: the one that the queue numbered last. */
export function newestOf(batons: readonly Baton[]): Baton {
  const newest = batons.find((one) =>
    batons.every((other) => one.sequenceNumber >= other.sequenceNumber),
  );
  if (newest === undefined) throw new Error('a claim without a baton');
  return newest;
}

/** The batons that the queue numbered before the newest: leaders that died left them behind. */
export function olderOf(batons: readonly Baton[]): readonly Baton[] {
  const newest = newestOf(batons);
  return batons.filter((one) => one !== newest);
}

/** Sends the successor again, under the same deduplication id, once that is due. */
export function proceedClaiming(state: BatonState, claiming: Claiming, now: Stamped): BatonStep {
  const { send } = claiming;
  if (retryInMs(send, now.at) > 0) return stay(state);
  const next = retried(send);
  const { nonce: id, attempt } = next;
  return move(state, { ...claiming, send: next }, { kind: 'send', id, attempt });
}

/** Milliseconds until the successor is sent again, or until its confirmation would come too late. */
export function claimingDueInMs(state: BatonState, claiming: Claiming, now: Reading): number {
  const { timings } = state.self;
  const usefulMs = heldForMs(claiming.receivedAt, now, timings) - timings.lossGraceMs;
  return Math.max(0, Math.min(usefulMs, retryInMs(claiming.send, now)));
}

/**
 * The send had no answer, and is repeated: under one deduplication id the queue takes one
 * successor. Where the call itself is wrong, the candidate gives the batons back and ends its
 * campaign.
 */
export function sendFailed(
  state: BatonState,
  claiming: Claiming,
  outcome: Extract<SendOutcome, { kind: 'unknown' }>,
  now: Stamped,
): BatonStep {
  const { send, batons } = claiming;
  const { cause } = outcome;
  const giveBack: BatonEffect = { kind: 'give-back', batons };
  if (outcome.permanent) {
    const given = move(state, { kind: 'idle' }, giveBack);
    return claiming.abandoned ? given : andThen(given, (s) => refuse(s, { kind: 'queue', cause }));
  }
  return move(
    state,
    { ...claiming, send: postponed(send, now, state.self.timings) },
    { kind: 'note', note: { kind: 'unconfirmed', cause } },
  );
}

/**
 * A token must be above every known number, or it does not fence. A lower one means that the queue
 * was deleted and created again.
 */
export function numberProblem(
  state: BatonState,
  claiming: Claiming,
  given: Token,
): BatonProblem | undefined {
  const numbers = [state.knownToken, ...claiming.batons.map((baton) => baton.sequenceNumber)];
  const known = numbers.find((number) => number >= given);
  return known === undefined ? undefined : { kind: 'number-not-rising', known, given };
}

/**
 * Too late to lead: the candidate gives the batons back. A campaign that waits begins its wait
 * again.
 */
function dropOut(state: BatonState, claiming: Claiming, now: Stamped): BatonStep {
  const giveBack: BatonEffect = { kind: 'give-back', batons: claiming.batons };
  if (claiming.abandoned) return move(state, { kind: 'idle' }, giveBack);
  if (claiming.patience === 'once') {
    return move(state, { kind: 'idle' }, giveBack, { kind: 'not-elected' });
  }
  return move(state, waitingNow(claiming.patience, now), giveBack);
}
