/**
 * A candidate that leads on a baton: renewals, the drain, the release, and the end of the term.
 *
 * `term/course.ts` decides when. This file decides what is then done to the queue. To renew is to
 * extend the visibility of the newest baton held. To release is to delete every baton held.
 */

import { firstAttempt } from '../term/attempts.ts';
import {
  type Course,
  drain,
  dueInMs,
  examined,
  over,
  renewed,
  turn,
  unconfirmed,
} from '../term/course.ts';
import { holdOff } from '../term/hold-off.ts';
import { type Leaving, newTerm, remainingMs, type Why } from '../term/leading.ts';
import { move, stay } from '../term/machine.ts';
import { pessimisticElapsedMs, type Reading, type Stamped } from '../time/instant.ts';
import type { Token } from '../token.ts';
import { heldForMs, newestOf } from './claiming.ts';
import type { Baton, HoldOutcome } from './queue.ts';
import { startRelease } from './releasing.ts';
import type { BatonEffect, BatonState, BatonStep, Carrying, Claiming } from './state.ts';

/** The successor is in the queue, and was confirmed in time: the term begins. */
export function elect(
  state: BatonState,
  claiming: Claiming,
  holding: { token: Token; older: readonly Baton[] },
  now: Stamped,
): BatonStep {
  const { batons, receivedAt, send } = claiming;
  const { token } = holding;
  const leading = newTerm({ token, confirmedAt: receivedAt, revision: send.nonce }, now.at);
  const baton = newestOf(batons);
  const carrying: Carrying = { kind: 'leading', leading, baton, older: holding.older, receivedAt };
  const latencyMs = now.at.monotonicMs - receivedAt.monotonicMs;
  return move(state, carrying, { kind: 'elected', leading, latencyMs });
}

/** What time alone makes due while leading. */
export function proceedLeading(state: BatonState, carrying: Carrying, now: Stamped): BatonStep {
  const next = turn(carrying.leading, now, state.self);
  if (next.kind === 'over') return lose(state, carrying, next.why, now);
  const stopped = next.kind === 'on' && next.leading.stopping !== undefined;
  if (!stopped && termLeftMs(state, carrying, now.at) <= 0) return handOver(state, carrying, now);
  switch (next.kind) {
    case 'renew':
      return renew(state, carrying, now);
    case 'retry-renewal':
      return send(state, { ...carrying, leading: next.leading });
    case 'on':
      return goOn(state, carrying, next);
  }
}

/** Milliseconds until `proceedLeading` may do something, if no input comes before. */
export function leadingDueInMs(state: BatonState, carrying: Carrying, now: Reading): number {
  const dueMs = dueInMs(carrying.leading, now, state.self.timings);
  return Math.max(0, Math.min(dueMs, termLeftMs(state, carrying, now)));
}

/** Ends the term if its time has passed, before any input is looked at. */
export function expire(state: BatonState, carrying: Carrying, now: Stamped): BatonStep {
  if (remainingMs(carrying.leading, now.at, state.self.timings) > 0) return stay(state);
  return lose(state, carrying, carrying.leading.stopping?.why ?? 'lapsed', now);
}

/** Tells the work to stop and keeps the baton invisible while it drains. */
export function resign(
  state: BatonState,
  carrying: Carrying,
  why: Leaving,
  now: Stamped,
): BatonStep {
  return goOn(state, carrying, drain(carrying.leading, why, now));
}

/** Nothing acts for the term any more. The term is over first; then every held baton is deleted. */
export function release(
  state: BatonState,
  carrying: Carrying,
  now: Stamped & { readonly failed?: boolean | undefined },
): BatonStep {
  const { leading, baton, receivedAt } = carrying;
  const { token, confirmedAt } = leading;
  const why = leading.stopping?.why ?? 'resigned';
  // Older batons are not extended. Once their visibility has run out, the next leader deletes them.
  const older = heldForMs(receivedAt, now.at, state.self.timings) > 0 ? carrying.older : [];
  const ended = holdOff(state, { ...endingOf(carrying, why), failed: now.failed }, now);
  const step = startRelease(ended, { token, why, batons: [baton, ...older], confirmedAt }, now);
  return { ...step, effects: [...over(leading, why), ...step.effects] };
}

/**
 * What an answer to the pending extension means. Refused: the candidate holds this baton no more,
 * and the term is over. Unknown: the extension is repeated, and the term goes on.
 */
export function renewalAnswered(
  state: BatonState,
  carrying: Carrying,
  outcome: HoldOutcome,
  now: Stamped,
): BatonStep {
  const { leading } = carrying;
  const { timings } = state.self;
  switch (outcome.kind) {
    case 'granted':
      return goOn(state, carrying, renewed(leading, now, timings));
    case 'refused':
      return lose(state, carrying, 'deposed', now);
    case 'unknown':
      return goOn(state, carrying, unconfirmed(leading, outcome.cause, now, timings));
  }
}

/** A healthy leader renews. One that is not healthy drains, and then lets another candidate go first. */
export function healthAnswered(
  state: BatonState,
  carrying: Carrying,
  healthy: boolean,
  now: Stamped,
): BatonStep {
  const { kind, leading } = examined(carrying.leading, healthy);
  const checked: Carrying = { ...carrying, leading };
  switch (kind) {
    case 'renew':
      return renew(state, checked, now);
    case 'drain':
      return resign(state, checked, 'unhealthy', now);
    case 'on':
      return move(state, checked);
  }
}

/** SQS keeps a message invisible for 12 hours in all, so the leader hands over well before that. */
function termLeftMs(state: BatonState, carrying: Carrying, now: Reading): number {
  if (carrying.leading.stopping !== undefined) return Infinity;
  return state.self.limits.termMsMax - pessimisticElapsedMs(carrying.receivedAt, now);
}

/** The work did not ask for it: `leadWhile` campaigns again and goes on with the next term. */
function handOver(state: BatonState, carrying: Carrying, now: Stamped): BatonStep {
  const { token } = carrying.leading;
  const step = resign(state, carrying, 'resigned', now);
  const requested: BatonEffect = { kind: 'note', note: { kind: 'requested', token } };
  return { ...step, effects: [requested, ...step.effects] };
}

/** Begins a new extension of the newest baton, with a nonce of its own. */
function renew(state: BatonState, carrying: Carrying, now: Stamped): BatonStep {
  const renewal = firstAttempt(now);
  return send(state, { ...carrying, leading: { ...carrying.leading, renewal } });
}

/** Sends the pending renewal, for the first time or again. */
function send(state: BatonState, carrying: Carrying): BatonStep {
  const { leading, baton } = carrying;
  if (leading.renewal === undefined) return stay(state);
  const { nonce: id, attempt } = leading.renewal;
  return move(state, carrying, { kind: 'extend', id, attempt, baton });
}

/** Goes on leading, with what the course of the term has changed. */
function goOn(state: BatonState, carrying: Carrying, { leading, effects }: Course): BatonStep {
  return move(state, { ...carrying, leading }, ...effects);
}

/** The term is over without a release: the baton becomes receivable when its time has run out. */
function lose(state: BatonState, carrying: Carrying, why: Why, now: Stamped): BatonStep {
  return move(
    holdOff(state, endingOf(carrying, why), now),
    { kind: 'joining', token: carrying.leading.token, why },
    ...over(carrying.leading, why),
  );
}

/** What decides for how long this candidate lets others go first. */
function endingOf({ leading }: Carrying, why: Why) {
  return { why, electedAt: leading.electedAt, requested: false };
}
