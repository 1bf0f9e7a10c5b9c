/**
 * Giving the role up: every held baton is deleted, and the successor becomes receivable at once.
 *
 * The term is over before the deletion is sent, whatever becomes of it.
 */
import { firstAttempt, postponed, retried, retryInMs } from '../term/attempts.ts';
import { move, stay } from '../term/machine.ts';
import { pessimisticElapsedMs, type Reading, type Stamped } from '../time/instant.ts';
import type { Token } from '../token.ts';
import type { HoldOutcome } from './queue.ts';
import type { BatonState, BatonStep, Claiming, Releasing } from './state.ts';

/** Sends the deletion of every baton held. The caller has ended the term before. */
export function startRelease(
  state: BatonState,
  release: Pick<Releasing, 'token' | 'why' | 'batons' | 'confirmedAt'>,
  now: Stamped,
): BatonStep {
  const attempts = firstAttempt(now);
  return move(
    state,
    { kind: 'releasing', ...release, attempts },
    { kind: 'delete', id: attempts.nonce, attempt: 1, batons: release.batons },
  );
}

/** Elected, but no caller waits for the term any more: given back without ever having been led. */
export function releaseUnwanted(
  state: BatonState,
  claiming: Claiming,
  token: Token,
  now: Stamped,
): BatonStep {
  const { batons, receivedAt } = claiming;
  return startRelease(state, { token, why: 'resigned', batons, confirmedAt: receivedAt }, now);
}

/** What became of the release. The term is over whatever this says. */
export function releaseAnswered(
  state: BatonState,
  releasing: Releasing,
  outcome: HoldOutcome,
  now: Stamped,
): BatonStep {
  const { token, why, attempts } = releasing;
  switch (outcome.kind) {
    case 'granted':
      return move(state, { kind: 'idle' }, { kind: 'ended', token, why, released: true });
    case 'refused':
      return move(state, { kind: 'idle' }, { kind: 'ended', token, why, released: false });
    case 'unknown':
      return move(
        state,
        { ...releasing, attempts: postponed(attempts, now, state.self.timings) },
        { kind: 'note', note: { kind: 'unconfirmed', cause: outcome.cause } },
      );
  }
}

/** Sends the deletion again, until the visibility that it would end has ended by itself. */
export function proceedReleasing(state: BatonState, releasing: Releasing, now: Stamped): BatonStep {
  const { token, why, attempts, batons } = releasing;
  if (releaseLeftMs(state, releasing, now.at) <= 0) {
    return move(state, { kind: 'idle' }, { kind: 'ended', token, why, released: false });
  }
  if (retryInMs(attempts, now.at) > 0) return stay(state);
  const next = retried(attempts);
  const { nonce: id, attempt } = next;
  return move(state, { ...releasing, attempts: next }, { kind: 'delete', id, attempt, batons });
}

/** Milliseconds until the deletion is sent again, or is of no use any more. */
export function releasingDueInMs(state: BatonState, releasing: Releasing, now: Reading): number {
  const retryMs = retryInMs(releasing.attempts, now);
  return Math.max(0, Math.min(retryMs, releaseLeftMs(state, releasing, now)));
}

/** What is left of the visibility by the pessimistic clock: after that the baton is receivable anyway. */
function releaseLeftMs(state: BatonState, releasing: Releasing, now: Reading): number {
  return state.self.timings.leaseDurationMs - pessimisticElapsedMs(releasing.confirmedAt, now);
}
