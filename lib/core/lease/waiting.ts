/**
 * A candidate that waits: when to read, when to try, and what the answers teach.
 *
 * A standby reads; it writes only when it believes the role is free, and then by compare-and-set on the
 * revision that it saw, so that a stale belief costs one refused write and never a second leader.
 */
import { firstAttempt, postponed, retryPauseMs, steadyPauseMs } from '../term/attempts.ts';
import { observedElapsedMs, type Reading } from '../time/instant.ts';
import { FIRST_TOKEN, nextToken } from '../token.ts';
import type { Effect, Problem, Stamped } from './effects.ts';
import { nextReadInMs, type Observation, observe, takeOverInMs } from './observation.ts';
import {
  type Acquire,
  type Consistency,
  type FirstAcquire,
  FORMAT_VERSION,
  type LeaseRecord,
  type Sighting,
  type Tenancy,
  type WriteOutcome,
} from './record.ts';
import {
  type Acquiring,
  andThen,
  type CandidateState,
  learn,
  move,
  type Self,
  type Step,
  stay,
  type Waiting,
} from './state.ts';

/** Attempts at a read, or at an acquire, that `once` waits for; an acquire goes on in the background. */
const ATTEMPTS_ONCE = 3;

/** What time alone makes due while waiting. */
export function proceedWaiting(state: CandidateState, waiting: Waiting, now: Stamped): Step {
  if (waiting.reading !== undefined) return stay(state);
  const mayRead = now.at.monotonicMs >= (waiting.noReadBefore ?? 0);
  if (waiting.wanted !== undefined) {
    return mayRead ? read(state, waiting, waiting.wanted) : stay(state);
  }
  const { seen } = state;
  const readDue = now.at.monotonicMs >= waiting.nextReadAt;
  if (seen === undefined || takeOverDueInMs(state, seen, now.at) > 0) {
    return readDue ? read(state, waiting, 'eventual') : stay(state);
  }
  if (isFresh(state, seen, now.at)) return acquire(state, waiting, seen.record, now);
  // After a pause in observing, what was seen may long be history: look before writing.
  return mayRead ? read(state, waiting, 'strong') : stay(state);
}

/** Milliseconds until `proceedWaiting` may do something, if no input comes before. */
export function waitingDueInMs(state: CandidateState, waiting: Waiting, now: Reading): number {
  if (waiting.reading !== undefined) return Infinity;
  const allowedMs = (waiting.noReadBefore ?? 0) - now.monotonicMs;
  if (waiting.wanted !== undefined) return Math.max(0, allowedMs);
  const readMs = waiting.nextReadAt - now.monotonicMs;
  if (state.seen === undefined) return Math.max(0, readMs);
  const takeOverMs = takeOverDueInMs(state, state.seen, now);
  const floorMs = isFresh(state, state.seen, now) ? 0 : allowedMs;
  return Math.max(0, Math.min(readMs, Math.max(takeOverMs, floorMs)));
}

function takeOverDueInMs(state: CandidateState, seen: Observation, now: Reading): number {
  const heldOffMs = state.holdOffUntil - now.monotonicMs;
  return Math.max(heldOffMs, takeOverInMs(seen, now, state.self));
}

function isFresh(state: CandidateState, seen: Observation, now: Reading): boolean {
  return observedElapsedMs(seen.lastSeenAt, now) <= state.self.timings.renewIntervalMs;
}

/** What a read showed. Answers to reads that nobody waits for are left alone. */
export function sighted(
  state: CandidateState,
  waiting: Waiting,
  answer: { read: number; sighting: Sighting },
  now: Stamped,
): Step {
  const { reading } = waiting;
  if (reading?.read !== answer.read) return stay(state);
  const idleRead: Waiting = { ...waiting, reading: undefined };
  const { sighting } = answer;
  switch (sighting.kind) {
    case 'unknown':
      return readFailed(state, idleRead, sighting, now);
    case 'absent': {
      if (reading.consistency === 'eventual') return read(state, idleRead, 'strong');
      const known = learn(state, sighting.lastToken ?? 0n);
      if (known.knownToken > 0n) return regressed(known, undefined);
      return acquire(known, idleRead, undefined, now);
    }
    case 'present': {
      const { record } = sighting;
      // Only a strong read made *after* the token was learnt proves that the record went back.
      if (record.token < state.knownToken) {
        const proven = reading.consistency === 'strong' && record.token < reading.knownToken;
        return proven ? regressed(state, record) : read(state, idleRead, 'strong');
      }
      return look(state, idleRead, record, now);
    }
  }
}

/** What the write that takes the role came to. */
export function acquireAnswered(
  state: CandidateState,
  acquiring: Acquiring,
  outcome: Exclude<WriteOutcome, { kind: 'granted' }>,
  now: Stamped,
): Step {
  const { self } = state;
  switch (outcome.kind) {
    case 'unknown': {
      if (outcome.permanent && acquiring.attempts.attempt === 1) {
        return refuse(state, { kind: 'store', cause: outcome.cause });
      }
      const givenUp = acquiring.patience === 'once' && acquiring.attempts.attempt >= ATTEMPTS_ONCE;
      const retrying: Acquiring = {
        ...acquiring,
        attempts: postponed(acquiring.attempts, now, self.timings),
        abandoned: acquiring.abandoned || givenUp,
      };
      const note: Effect = { kind: 'note', note: { kind: 'unconfirmed', cause: outcome.cause } };
      if (!givenUp || acquiring.abandoned) return move(state, retrying, note);
      const problem: Problem = { kind: 'store', cause: outcome.cause };
      return move(state, retrying, note, { kind: 'refuse', problem });
    }
    case 'refused': {
      if (acquiring.abandoned) return move(state, { kind: 'idle' });
      const { record } = outcome;
      const outrun: Effect = { kind: 'note', note: { kind: 'outrun', record } };
      // Whoever was faster lives: `one-lease` has nothing left to wait out.
      const patience = acquiring.patience === 'one-lease' ? 'once' : acquiring.patience;
      const waiting = waitingNow(patience, now);
      // Gone, or gone back: only a strong read made from here on can judge that.
      if (record === undefined || record.token < state.knownToken) {
        return andThen(move(state, waiting, outrun), (s) => read(s, waiting, 'strong'));
      }
      return andThen(move(state, waiting, outrun), (s) => look(s, waiting, record, now));
    }
  }
}

/** Begins to wait, with a first read that sees every write answered before it. */
export function waitingNow(patience: Waiting['patience'], now: Stamped): Waiting {
  return { kind: 'waiting', patience, wanted: 'strong', nextReadAt: now.at.monotonicMs };
}

/** What a holder states about itself with each acquire and renewal. */
export function tenancy({ self, endsAt }: CandidateState, now: Stamped): Tenancy {
  return {
    holder: self.candidateId,
    leaseDurationMs: leaseMsUntil(endsAt, self, now.at),
    renewIntervalMs: self.timings.renewIntervalMs,
    renewedAtEpochMs: now.at.epochMs,
    attributes: self.attributes,
  };
}

/** The whole lease, or what is left of this process, counted by the clock that says less. */
function leaseMsUntil(endsAt: Reading | undefined, { timings }: Self, now: Reading): number {
  if (endsAt === undefined) return timings.leaseDurationMs;
  const leftMs = Math.min(endsAt.monotonicMs - now.monotonicMs, endsAt.epochMs - now.epochMs);
  return Math.max(0, Math.min(timings.leaseDurationMs, Math.floor(leftMs)));
}

function look(state: CandidateState, waiting: Waiting, record: LeaseRecord, now: Stamped): Step {
  if (record.formatVersion > FORMAT_VERSION) {
    return refuse(state, { kind: 'newer-format', formatVersion: record.formatVersion });
  }
  const seen = observe(state.seen, record, now.at);
  const news =
    state.seen === undefined ||
    state.seen.record.holder !== record.holder ||
    state.seen.record.token !== record.token;
  const known = { ...learn(state, record.token), seen };
  // A hint may have asked for another look; where this one decides, it is as good.
  if (takeOverDueInMs(known, seen, now.at) <= 0) return acquire(known, waiting, record, now);
  const note: Effect = { kind: 'note', note: { kind: 'standby', record } };
  const notes = news ? [note] : [];
  const { awaited = record.revision } = waiting;
  const alive = waiting.patience === 'one-lease' && awaited !== record.revision;
  if (waiting.patience === 'once' || alive) {
    return move(known, { kind: 'idle' }, ...notes, { kind: 'not-elected' });
  }
  const nextReadAt = now.at.monotonicMs + nextReadInMs(seen, now.at);
  const read = { noReadBefore: undefined, failedReads: undefined };
  return move(known, { ...waiting, ...read, awaited, nextReadAt }, ...notes);
}

function read(state: CandidateState, waiting: Waiting, consistency: Consistency): Step {
  const number = state.readsAsked + 1;
  const reading = { read: number, consistency, knownToken: state.knownToken };
  return move(
    { ...state, readsAsked: number },
    { ...waiting, reading, wanted: undefined },
    { kind: 'read', read: number, consistency },
  );
}

function readFailed(
  state: CandidateState,
  waiting: Waiting,
  failure: Extract<Sighting, { kind: 'unknown' }>,
  now: Stamped,
): Step {
  const failedReads = (waiting.failedReads ?? 0) + 1;
  const once = waiting.patience === 'once';
  if (failure.permanent || (once && failedReads >= ATTEMPTS_ONCE)) {
    return refuse(state, { kind: 'store', cause: failure.cause });
  }
  const { timings } = state.self;
  const pauseMs = once
    ? retryPauseMs(failedReads, now, timings)
    : steadyPauseMs(timings.renewIntervalMs, now);
  const nextReadAt = now.at.monotonicMs + pauseMs;
  const wanted = once ? 'strong' : undefined;
  return move(
    state,
    { ...waiting, wanted, nextReadAt, noReadBefore: nextReadAt, failedReads },
    { kind: 'note', note: { kind: 'unconfirmed', cause: failure.cause } },
  );
}

function acquire(
  state: CandidateState,
  waiting: Waiting,
  record: LeaseRecord | undefined,
  now: Stamped,
): Step {
  const write = acquireWrite(state, record, now);
  if (write === undefined) return refuse(state, { kind: 'exhausted', token: record?.token ?? 0n });
  // A lease that is over, or nearly, by the time it is confirmed would be of no use to anyone.
  const { marginMs, lossGraceMs, writeTimeoutMs } = state.self.timings;
  if (write.leaseDurationMs <= marginMs + lossGraceMs + writeTimeoutMs) {
    return move(state, { kind: 'idle' }, { kind: 'not-elected' });
  }
  const acquiring: Acquiring = {
    kind: 'acquiring',
    patience: waiting.patience,
    write,
    attempts: firstAttempt(now),
    abandoned: false,
  };
  return move(state, acquiring, { kind: 'write', write, attempt: 1 });
}

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

function regressed(state: CandidateState, record: LeaseRecord | undefined): Step {
  const { knownToken } = state;
  return refuse(state, { kind: 'regression', knownToken, recordToken: record?.token });
}

function refuse(state: CandidateState, problem: Problem): Step {
  return move(state, { kind: 'idle' }, { kind: 'refuse', problem });
}
