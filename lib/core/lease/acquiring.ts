/**
 * A candidate that acquires: the one conditional write that takes the role, and what its answer means.
 *
 * The write carries the revision that was seen, so that a stale belief costs one refused write and never
 * a second leader. A retry keeps its nonce, and the lease counts from before the first attempt.
 */
import { ATTEMPTS_ONCE, firstAttempt, postponed, retried, retryInMs } from '../term/attempts.ts';
import { newTerm, remainingMs } from '../term/leading.ts';
import { move, stay } from '../term/machine.ts';
import type { Reading, Stamped } from '../time/instant.ts';
import { FIRST_TOKEN, nextToken } from '../token.ts';
import type { Effect, Problem } from './effects.ts';
import type { Acquire, FirstAcquire, LeaseRecord, WriteOutcome } from './record.ts';
import { releaseUnwanted } from './releasing.ts';
import {
  type Acquiring,
  type CandidateState,
  type Holding,
  hasWaitedEnough,
  type LeaseStep,
  refuse,
  type Waiting,
  waitingNow,
} from './state.ts';
import { tenancy } from './tenancy.ts';

/** Sends the write that takes the role: from the record as seen, or as the first where there is none. */
export function acquire(
  state: CandidateState,
  waiting: Waiting,
  record: LeaseRecord | undefined,
  now: Stamped,
): LeaseStep {
  const write = acquireWrite(state, record, now);
  if (write === undefined) return refuse(state, { kind: 'exhausted', token: record?.token ?? 0n });
  // Such a lease would be nearly over when its write is confirmed, and of no use to any work.
  const { marginMs, lossGraceMs, writeTimeoutMs } = state.self.timings;
  if (write.leaseDurationMs <= marginMs + lossGraceMs + writeTimeoutMs) {
    return move(state, { kind: 'idle' }, { kind: 'not-elected' });
  }
  const acquiring: Acquiring = {
    kind: 'acquiring',
    patience: waiting.patience,
    since: waiting.since,
    write,
    attempts: firstAttempt(now),
    abandoned: false,
  };
  return move(state, acquiring, { kind: 'write', write, attempt: 1 });
}

/** What time alone makes due: a retry with the same nonce, so that an answer that was lost still counts. */
export function proceedAcquiring(
  state: CandidateState,
  acquiring: Acquiring,
  now: Stamped,
): LeaseStep {
  const { attempts, write } = acquiring;
  if (retryInMs(attempts, now.at) > 0) return stay(state);
  const sentMs = now.at.monotonicMs - attempts.sentAt.monotonicMs;
  // No caller waits, and a lease that was written has run out by every clock.
  if (acquiring.abandoned && sentMs > 2 * state.self.timings.leaseDurationMs) {
    return move(state, { kind: 'idle' });
  }
  const next = retried(attempts);
  const { attempt } = next;
  return move(state, { ...acquiring, attempts: next }, { kind: 'write', write, attempt });
}

/** Milliseconds until the pending acquire is sent again; infinite while an attempt is in flight. */
export function acquiringDueInMs({ attempts }: Acquiring, now: Reading): number {
  return Math.max(0, retryInMs(attempts, now));
}

/**
 * What an answer means that is no refusal: the role is taken, or nothing is known yet. `waiting.ts`
 * decides what a refused candidate does next.
 */
export function acquireAnswered(
  state: CandidateState,
  acquiring: Acquiring,
  outcome: Exclude<WriteOutcome, { kind: 'refused' }>,
  now: Stamped,
): LeaseStep {
  switch (outcome.kind) {
    case 'granted':
      return granted(state, acquiring, now);
    case 'unknown':
      return unconfirmed(state, acquiring, outcome, now);
  }
}

/**
 * The role is this candidate's, from the instant before the first attempt on. It leads only if
 * enough of the lease is left. It gives the role back if its caller no longer waits.
 */
function granted(state: CandidateState, acquiring: Acquiring, now: Stamped): LeaseStep {
  const { attempts, write } = acquiring;
  const { token, revision, leaseDurationMs: leaseMs } = write;
  const leading = newTerm({ token, revision, leaseMs, confirmedAt: attempts.sentAt }, now.at);
  const known = { ...state, knownToken: token };
  const holding: Holding = { kind: 'leading', leading, announced: false, requested: false };
  if (acquiring.abandoned) return releaseUnwanted(known, holding, now);
  // Confirmed too late to be of use: the record names us, and is taken again with a new token.
  const { timings } = state.self;
  if (remainingMs(leading, now.at, timings) <= timings.lossGraceMs) {
    return move(known, waitingNow(acquiring, now));
  }
  const { seen } = state;
  return move(known, holding, {
    kind: 'elected',
    leading,
    latencyMs: now.at.monotonicMs - attempts.sentAt.monotonicMs,
    leaderlessMs: seen && now.at.monotonicMs - seen.firstSeenAt.monotonicMs,
    previousHolder: seen?.record.holder,
    previousToken: seen?.record.token,
    previousAttributes: seen?.record.attributes,
  });
}

/**
 * The write may have been applied, or not. A caller that does not wait is told so, and the
 * candidate resolves the write later.
 */
function unconfirmed(
  state: CandidateState,
  acquiring: Acquiring,
  { cause, permanent }: Extract<WriteOutcome, { kind: 'unknown' }>,
  now: Stamped,
): LeaseStep {
  const { attempts, patience, abandoned } = acquiring;
  const problem: Problem = { kind: 'store', cause };
  if (permanent && attempts.attempt === 1) return refuse(state, problem);
  const givenUp =
    permanent ||
    (patience === 'once' && attempts.attempt >= ATTEMPTS_ONCE) ||
    hasWaitedEnough(state, acquiring, now.at);
  const retrying: Acquiring = {
    ...acquiring,
    attempts: postponed(attempts, now, state.self.timings),
    abandoned: abandoned || givenUp,
  };
  const note: Effect = { kind: 'note', note: { kind: 'unconfirmed', cause } };
  if (!givenUp || abandoned) return move(state, retrying, note);
  return move(state, retrying, note, { kind: 'refuse', problem });
}

/** The write that takes the role, one token above the record; `undefined` where no higher one fits. */
function acquireWrite(
  state: CandidateState,
  record: LeaseRecord | undefined,
  now: Stamped,
): FirstAcquire | Acquire | undefined {
  const common = { ...tenancy(state, now), revision: now.freshNonce };
  if (record === undefined) return { kind: 'first-acquire', token: FIRST_TOKEN, ...common };
  const token = nextToken(record.token);
  if (token === undefined) return undefined;
  return { kind: 'acquire', seenRevision: record.revision, token, ...common };
}
