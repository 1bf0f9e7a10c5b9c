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
 * Milliseconds until what was received may no longer be counted on, by the pessimistic clock: the
 * visibility timeout began after `receivedAt`, the instant before the receive's first attempt.
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
 * Batons came. They are given back where nobody waits for them, where they are of another election, or where
 * they came so late that a term would have no time; else the successor is sent.
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
    // Fresh for each receive: a repeated id would be answered with an older message's number.
    send: firstAttempt(now),
    abandoned: false,
  };
  if (!isUseful(receivedAt, now.at, state.self.timings)) return dropOut(known, claiming, now);
  return move(known, claiming, { kind: 'send', id: nonce, attempt: 1 });
}

/** Drops out as soon as a confirmation would come too late, whether or not one is under way. */
export function expireClaim(state: BatonState, claiming: Claiming, now: Stamped): BatonStep {
  const useful = isUseful(claiming.receivedAt, now.at, state.self.timings);
  return useful ? stay(state) : dropOut(state, claiming, now);
}

/**
 * Deletes what is older than the newest baton held, before the term begins: with the successor in the
 * queue the older ones have no further use, and a leader that dies at once would leave them all.
 */
export function tidy(state: BatonState, claiming: Claiming, token: Token): BatonStep {
  const { send, batons } = claiming;
  return move(
    state,
    { ...claiming, token },
    { kind: 'delete', id: send.nonce, attempt: send.attempt, batons: olderOf(batons) },
  );
}

/** The one that a leader keeps: the last that the queue numbered. */
export function newestOf(batons: readonly Baton[]): Baton {
  const newest = batons.find((one) =>
    batons.every((other) => one.sequenceNumber >= other.sequenceNumber),
  );
  if (newest === undefined) throw new Error('a claim without a baton');
  return newest;
}

/** Those that the queue numbered before the newest: leftovers of leaders that died. */
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
 * The send told nothing, and is repeated: under one deduplication id the queue takes one successor. What is
 * wrong with the call itself gives the batons back and ends the campaign.
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

/** A token that is not above every number known would not fence: the queue was deleted and created again. */
export function numberProblem(
  state: BatonState,
  claiming: Claiming,
  given: Token,
): BatonProblem | undefined {
  const numbers = [state.knownToken, ...claiming.batons.map((baton) => baton.sequenceNumber)];
  const known = numbers.find((number) => number >= given);
  return known === undefined ? undefined : { kind: 'number-not-rising', known, given };
}

/** Too late to lead: the batons go back, and a campaign that waits begins its wait again. */
function dropOut(state: BatonState, claiming: Claiming, now: Stamped): BatonStep {
  const giveBack: BatonEffect = { kind: 'give-back', batons: claiming.batons };
  if (claiming.abandoned) return move(state, { kind: 'idle' }, giveBack);
  if (claiming.patience === 'once') {
    return move(state, { kind: 'idle' }, giveBack, { kind: 'not-elected' });
  }
  return move(state, waitingNow(claiming.patience, now), giveBack);
}
