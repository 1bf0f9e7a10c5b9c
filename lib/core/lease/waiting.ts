/**
 * A candidate that waits: when to read, when to try, and what the answers teach.
 *
 * A standby reads. It writes only when it believes that the role is free.
 */
import { ATTEMPTS_ONCE, retryPauseMs, steadyPauseMs } from '../term/attempts.ts';
import { andThen, move, stay } from '../term/machine.ts';
import { observedElapsedMs, type Reading, type Stamped } from '../time/instant.ts';
import { acquire } from './acquiring.ts';
import type { Effect } from './effects.ts';
import { nextReadInMs, type Observation, observe, takeOverInMs } from './observation.ts';
import { type Consistency, FORMAT_VERSION, type LeaseRecord, type Sighting } from './record.ts';
import {
  type Acquiring,
  type CandidateState,
  hasWaitedEnough,
  type LeaseStep,
  learn,
  refuse,
  type Waiting,
  waitingNow,
} from './state.ts';

/** What time alone makes due while waiting. */
export function proceedWaiting(state: CandidateState, waiting: Waiting, now: Stamped): LeaseStep {
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
  // After a pause in observing, the record may have changed: look before writing.
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

/**
 * Milliseconds until this standby may take the role: the lease allows it, and so does its own
 * hold-off.
 */
function takeOverDueInMs(state: CandidateState, seen: Observation, now: Reading): number {
  const { record } = seen;
  const wanted = record.holder === undefined && record.reservedFor === state.self.candidateId;
  // The candidate that the role is meant for lets no other go first.
  const heldOffMs = wanted ? 0 : state.holdOffUntil - now.monotonicMs;
  return Math.max(heldOffMs, takeOverInMs(seen, now, state.self));
}

/**
 * Whether the record was read within the last renew interval. Otherwise it may have changed unseen.
 */
function isFresh(state: CandidateState, seen: Observation, now: Reading): boolean {
  return observedElapsedMs(seen.lastSeenAt, now) <= state.self.timings.renewIntervalMs;
}

/**
 * What a read showed. An answer to a read that this candidate no longer waits for changes nothing.
 */
export function sighted(
  before: CandidateState,
  waiting: Waiting,
  answer: { read: number; sighting: Sighting },
  now: Stamped,
): LeaseStep {
  const { reading } = waiting;
  if (reading?.read !== answer.read) return stay(before);
  const idleRead: Waiting = { ...waiting, reading: undefined };
  const { sighting } = answer;
  const state = taught(before, reading, sighting);
  switch (sighting.kind) {
    case 'unknown':
      return readFailed(state, idleRead, sighting, now);
    case 'absent': {
      if (reading.consistency === 'eventual') return read(state, idleRead, 'strong');
      if (state.knownToken > 0n) return regressed(state, undefined);
      return acquire(state, idleRead, undefined, now);
    }
    case 'present': {
      const { record } = sighting;
      // Only a strong read made *after* the token was learnt proves that the record went back.
      if (record.token < state.knownToken) {
        const proven = reading.consistency === 'strong' && record.token < reading.knownToken;
        return proven ? regressed(state, record) : read(state, idleRead, 'strong');
      }
      // An eventual read may show an older record than the awaited one. That is no sign of life.
      const { patience, awaited = record.revision } = waiting;
      if (patience === 'one-lease' && awaited !== record.revision) {
        if (reading.consistency === 'eventual') return read(state, idleRead, 'strong');
      }
      return look(state, idleRead, record, now);
    }
  }
}

/** What an answer proves of tokens that were used, whatever the record itself says. */
function taught(
  state: CandidateState,
  { history }: { history: boolean },
  sighting: Sighting,
): CandidateState {
  if (sighting.kind === 'unknown') return state;
  const historyAsked = state.historyAsked || history;
  return learn({ ...state, historyAsked }, sighting.lastToken ?? 0n);
}

/** An acquire was refused: another candidate was faster, and this one waits again. */
export function outrun(
  state: CandidateState,
  acquiring: Acquiring,
  record: LeaseRecord | undefined,
  now: Stamped,
): LeaseStep {
  if (acquiring.abandoned) return move(state, { kind: 'idle' });
  const note: Effect = { kind: 'note', note: { kind: 'outrun', record } };
  // The candidate that was faster lives, so `one-lease` has no lease left to wait out.
  const patience = acquiring.patience === 'one-lease' ? 'once' : acquiring.patience;
  // The refusal brought the record as it is: as good as a strong read, and already paid for.
  const waiting: Waiting = { ...waitingNow({ ...acquiring, patience }, now), wanted: undefined };
  // The record is gone, or its token went back. Only a strong read made from here on can judge
  // that.
  if (record === undefined || record.token < state.knownToken) {
    return andThen(move(state, waiting, note), (s) => read(s, waiting, 'strong'));
  }
  return andThen(move(state, waiting, note), (s) => look(s, waiting, record, now));
}

/**
 * Decides on a record that was just seen: take the role, wait and read again, or give up. A candidate that
 * cannot read the record's format competes no more.
 */
function look(
  state: CandidateState,
  waiting: Waiting,
  record: LeaseRecord,
  now: Stamped,
): LeaseStep {
  if (record.formatVersion > FORMAT_VERSION) {
    return refuse(state, { kind: 'newer-format', formatVersion: record.formatVersion });
  }
  const seen = observe(state.seen, record, now.at);
  const news =
    state.seen === undefined ||
    state.seen.record.holder !== record.holder ||
    state.seen.record.token !== record.token;
  const known = { ...learn(state, record.token), seen };
  // A hint may have asked for another read. Where this one decides, the other is not needed.
  if (takeOverDueInMs(known, seen, now.at) <= 0) return acquire(known, waiting, record, now);
  const note: Effect = { kind: 'note', note: { kind: 'standby', record } };
  const notes = news ? [note] : [];
  const { awaited = record.revision } = waiting;
  const alive = waiting.patience === 'one-lease' && awaited !== record.revision;
  if (waiting.patience === 'once' || alive) {
    return move(known, { kind: 'idle' }, ...notes, { kind: 'not-elected' });
  }
  const nextReadAt = now.at.monotonicMs + nextReadInMs(seen, now.at, state.self.timings);
  const read = { noReadBefore: undefined, failedReads: undefined };
  return move(known, { ...waiting, ...read, awaited, nextReadAt }, ...notes);
}

/** Reads the record. Nothing else is decided before the answer. */
function read(state: CandidateState, waiting: Waiting, consistency: Consistency): LeaseStep {
  const number = state.readsAsked + 1;
  // A restored record may be older than its history, so the first strong read asks for both.
  const history = consistency === 'strong' && !state.historyAsked;
  const reading = { read: number, consistency, history, knownToken: state.knownToken };
  return move(
    { ...state, readsAsked: number },
    { ...waiting, reading, wanted: undefined },
    { kind: 'read', read: number, consistency, history },
  );
}

/**
 * A read had no answer. A campaign that waits asks again at the steady rate. A campaign of one
 * attempt asks sooner and gives up after three. Where the call itself is wrong, any campaign ends.
 */
function readFailed(
  state: CandidateState,
  waiting: Waiting,
  failure: Extract<Sighting, { kind: 'unknown' }>,
  now: Stamped,
): LeaseStep {
  const failedReads = (waiting.failedReads ?? 0) + 1;
  const once = waiting.patience === 'once';
  // The account refused, which may heal. A campaign of one attempt ends now; one that waits goes
  // on.
  const denied =
    failure.denied && waiting.patience !== 'until-elected' && waiting.awaited === undefined;
  const givenUp = once ? failedReads >= ATTEMPTS_ONCE : hasWaitedEnough(state, waiting, now.at);
  if (failure.permanent || denied || givenUp) {
    return refuse(state, { kind: 'store', cause: failure.cause });
  }
  const { timings } = state.self;
  const pauseMs = once
    ? retryPauseMs(failedReads, now, timings)
    : steadyPauseMs(timings.renewIntervalMs, now);
  const nextReadAt = now.at.monotonicMs + pauseMs;
  // A candidate takes no role before it has asked the history, beside a strong read.
  const wanted = once || !state.historyAsked ? 'strong' : undefined;
  return move(
    state,
    { ...waiting, wanted, nextReadAt, noReadBefore: nextReadAt, failedReads },
    { kind: 'note', note: { kind: 'unconfirmed', cause: failure.cause } },
  );
}

/** The record's token is below one that is known. To lead now would use a token twice. */
function regressed(state: CandidateState, record: LeaseRecord | undefined): LeaseStep {
  const { knownToken } = state;
  return refuse(state, { kind: 'regression', knownToken, recordToken: record?.token });
}
