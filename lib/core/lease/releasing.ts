/**
 * Giving the role up. The term is over first, whatever becomes of the release. The release is one
 * conditional write, retried with its nonce until the lease has ended by itself.
 */
import { firstAttempt, postponed, retried, retryInMs } from '../term/attempts.ts';
import { over } from '../term/course.ts';
import { holdOff } from '../term/hold-off.ts';
import { move, stay } from '../term/machine.ts';
import { pessimisticElapsedMs, type Reading, type Stamped } from '../time/instant.ts';
import type { WriteOutcome } from './record.ts';
import type { CandidateState, Holding, LeaseStep, Releasing } from './state.ts';

/** Nothing acts for the term any more. The term is over first; then the role is given up. */
export function release(
  state: CandidateState,
  holding: Holding,
  now: Stamped & { readonly failed?: boolean | undefined },
): LeaseStep {
  const { leading, reservation, requested, proclaimed: attributes } = holding;
  const { token, electedAt } = leading;
  const { failed } = now;
  const why = leading.stopping?.why ?? 'resigned';
  const write = {
    kind: 'release',
    holder: state.self.candidateId,
    token,
    revision: now.freshNonce,
    reservation,
    attributes,
  } as const;
  const releasing: Releasing = {
    kind: 'releasing',
    token,
    why,
    write,
    attempts: firstAttempt(now),
    confirmedAt: leading.confirmedAt,
  };
  return move(
    holdOff(state, { why, electedAt, requested, failed }, now),
    releasing,
    ...over(leading, why),
    { kind: 'write', write, attempt: 1 },
  );
}

/** A term that no caller waits for: given back without ever having been led. */
export function releaseUnwanted(state: CandidateState, holding: Holding, now: Stamped): LeaseStep {
  const released = release(state, holding, now);
  return { ...released, effects: released.effects.filter(({ kind }) => kind === 'write') };
}

/** What became of the release. The term is over whatever this says. */
export function releaseAnswered(
  state: CandidateState,
  releasing: Releasing,
  outcome: WriteOutcome,
  now: Stamped,
): LeaseStep {
  const { token, why } = releasing;
  switch (outcome.kind) {
    case 'granted':
      return move(
        state,
        { kind: 'idle' },
        { kind: 'announce' },
        { kind: 'ended', token, why, released: true },
      );
    case 'refused':
      return move(state, { kind: 'idle' }, { kind: 'ended', token, why, released: false });
    case 'unknown':
      return move(
        state,
        { ...releasing, attempts: postponed(releasing.attempts, now, state.self.timings) },
        { kind: 'note', note: { kind: 'unconfirmed', cause: outcome.cause } },
      );
  }
}

/** Retries a release until the lease that it would end has ended by itself. */
export function proceedReleasing(
  state: CandidateState,
  releasing: Releasing,
  now: Stamped,
): LeaseStep {
  const { token, why, attempts, write } = releasing;
  if (releaseLeftMs(state, releasing, now.at) <= 0) {
    return move(state, { kind: 'idle' }, { kind: 'ended', token, why, released: false });
  }
  if (retryInMs(attempts, now.at) > 0) return stay(state);
  const next = retried(attempts);
  const { attempt } = next;
  return move(state, { ...releasing, attempts: next }, { kind: 'write', write, attempt });
}

/** Milliseconds until the release is sent again, or is of no use any more. */
export function releasingDueInMs(
  state: CandidateState,
  releasing: Releasing,
  now: Reading,
): number {
  const retryMs = retryInMs(releasing.attempts, now);
  return Math.max(0, Math.min(retryMs, releaseLeftMs(state, releasing, now)));
}

/** What is left of the lease by the pessimistic clock: after that the release changes nothing. */
function releaseLeftMs(state: CandidateState, releasing: Releasing, now: Reading): number {
  const elapsedMs = pessimisticElapsedMs(releasing.confirmedAt, now);
  return state.self.timings.leaseDurationMs - elapsedMs;
}
