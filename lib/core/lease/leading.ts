/**
 * A candidate that leads on a lease: renewals, the drain, the release, and the end of the term.
 *
 * One logical write is unresolved at a time, and a retry keeps its nonce, so a refusal is either this
 * write's own success or the loss of the role.
 */
import { firstAttempt } from '../term/attempts.ts';
import {
  type Course,
  drain,
  dueInMs,
  examined,
  over,
  renewed,
  stop,
  turn,
  unconfirmed,
} from '../term/course.ts';
import { holdOff } from '../term/hold-off.ts';
import { type Leaving, remainingMs, type Why } from '../term/leading.ts';
import { andThen, move, stay } from '../term/machine.ts';
import { later, type Reading, type Stamped } from '../time/instant.ts';
import { announcedStopInMs, announceMs, announcementInMs } from './announcing.ts';
import type { Effect } from './effects.ts';
import { observe } from './observation.ts';
import type { LeaseRecord, Renew, Reservation, WriteOutcome } from './record.ts';
import { type CandidateState, type Holding, type LeaseStep, learn, type Phase } from './state.ts';
import { tenancy } from './tenancy.ts';

/** What time alone makes due while leading: at most one renewal, then whatever ends the term. */
export function proceedLeading(state: CandidateState, holding: Holding, now: Stamped): LeaseStep {
  const next = turn(holding.leading, now, state.self);
  switch (next.kind) {
    case 'over':
      return lose(state, holding, next.why, now);
    case 'renew':
      return renew(state, holding, now);
    case 'retry-renewal':
      return send(state, { ...holding, leading: next.leading });
    case 'on':
      if (next.effects.length > 0) return goOn(state, holding, next);
      if (announcedStopInMs(holding, now.at) <= 0) {
        return goOn(state, holding, stop(holding.leading, 'resigned', now));
      }
      return announcementInMs(holding, now.at, state.self.timings) <= 0
        ? renew(state, holding, now)
        : goOn(state, holding, next);
  }
}

/** Milliseconds until `proceedLeading` may do something, if no input comes before. */
export function leadingDueInMs(state: CandidateState, holding: Holding, now: Reading): number {
  const { timings } = state.self;
  const dueMs = dueInMs(holding.leading, now, timings);
  return Math.max(
    0,
    Math.min(dueMs, announcementInMs(holding, now, timings), announcedStopInMs(holding, now)),
  );
}

/** Ends the term if its time has passed, before any input is looked at. */
export function expire(state: CandidateState, holding: Holding, now: Stamped): LeaseStep {
  const left = remainingMs(holding.leading, now.at, state.self.timings);
  if (left > 0) return stay(state);
  return lose(state, holding, holding.leading.stopping?.why ?? 'lapsed', now);
}

/** A wish that this leader hands over. Its work, its health check or an operator has it. */
interface Wish {
  readonly why: Leaving;
  readonly requested?: boolean;
  /** The one candidate that the role is for. */
  readonly handOverTo?: string | undefined;
  /** Announces nothing: the work is told to stop now. */
  readonly atOnce?: boolean | undefined;
}

/**
 * Announces the hand-over, or tells the work to stop. The record shows an operator's wish with each
 * renewal, so a wish that is repeated changes nothing. Only a wish to stop at once ends an
 * announcement.
 */
export function resign(
  state: CandidateState,
  holding: Holding,
  wish: Wish,
  now: Stamped,
): LeaseStep {
  const { leading } = holding;
  const { token } = leading;
  if (leading.stopping !== undefined) return stay(state);
  // A leader that cannot work gains nothing by an announcement.
  const immediate = wish.atOnce || wish.why === 'unhealthy';
  if (holding.stopAt !== undefined) {
    return immediate ? goOn(state, holding, stop(leading, wish.why, now)) : stay(state);
  }
  const { handOverTo } = wish;
  // A leader that names its successor lets that candidate go first, even if no operator asked.
  const requested = wish.requested === true || handOverTo !== undefined;
  const reservation = handOverTo === undefined ? undefined : reservedFor(handOverTo, state);
  const asked: Holding = { ...holding, reservation, requested };
  const notes: readonly Effect[] = requested
    ? [{ kind: 'note', note: { kind: 'requested', token } }]
    : [];
  const waitMs = immediate ? 0 : announceMs(state, asked, now.at);
  if (waitMs <= 0) {
    const step = goOn(state, asked, drain(leading, wish.why, now));
    return { ...step, effects: [...notes, ...step.effects] };
  }
  const told: Effect = { kind: 'note', note: { kind: 'draining', token, why: wish.why } };
  const stopAt = later(now.at, waitMs);
  return move(state, { ...asked, stopAt }, ...notes, told);
}

/**
 * Reserves the vacancy for one candidate: long enough for one late read and its write. Then the
 * vacancy is open to all.
 */
function reservedFor(candidateId: string, { self: { timings } }: CandidateState): Reservation {
  const reservedMs = timings.renewIntervalMs + timings.writeTimeoutMs;
  return { reservedMs, reservedFor: candidateId };
}

/**
 * What an answer to the pending renewal means. Granted: the term is extended, and the leader hears
 * an operator's wish. Refused: the role is gone. Unknown: the renewal is repeated, and the term
 * goes on.
 */
export function renewalAnswered(
  state: CandidateState,
  holding: Holding,
  outcome: WriteOutcome,
  now: Stamped,
): LeaseStep {
  const { leading, renewing } = holding;
  const { timings } = state.self;
  switch (outcome.kind) {
    case 'granted': {
      const course = renewed(leading, now, timings);
      // For as long as the renewal said: near the end of this process it asks for less than a whole
      // lease.
      const extended = { ...course.leading, leaseMs: renewing?.leaseDurationMs };
      const next: Holding = { ...holding, leading: extended, overtaken: undefined };
      const step = goOn(state, next, { ...course, leading: extended });
      const { request, requestedFor: handOverTo } = outcome.record ?? {};
      if (request !== 'resign' || handOverTo === state.self.candidateId) return step;
      const wish = { why: 'resigned', requested: true, handOverTo } as const;
      return andThen(step, (s) => resign(s, next, wish, now));
    }
    case 'refused': {
      const { record } = outcome;
      const mine = record && overtakenBy(state, holding, record);
      if (mine) return goOn(state, { ...holding, overtaken: undefined }, mine);
      const seen = record && observe(state.seen, record, now.at);
      const known = record ? learn({ ...state, seen }, record.token) : state;
      return lose(known, holding, 'deposed', now);
    }
    case 'unknown':
      return goOn(state, holding, unconfirmed(leading, outcome.cause, now, timings));
  }
}

/**
 * A refusal that shows an earlier renewal of this term confirms that renewal. The next one is sent
 * from there. This is a second line of defence, since one renewal is unresolved at a time.
 */
function overtakenBy(
  { self }: CandidateState,
  { leading, overtaken = [] }: Holding,
  record: LeaseRecord,
): Course | undefined {
  if (record.holder !== self.candidateId || record.token !== leading.token) return undefined;
  const confirmed = overtaken.find(({ nonce }) => nonce === record.revision);
  if (confirmed === undefined) return undefined;
  const { nonce: revision, sentAt: confirmedAt } = confirmed;
  return { leading: { ...leading, revision, confirmedAt, renewal: undefined }, effects: [] };
}

/** A healthy leader renews. One that is not healthy drains, and then lets another candidate go first. */
export function healthAnswered(
  state: CandidateState,
  holding: Holding,
  healthy: boolean,
  now: Stamped,
): LeaseStep {
  const { kind, leading } = examined(holding.leading, healthy);
  const checked: Holding = { ...holding, leading };
  switch (kind) {
    case 'renew':
      return renew(state, checked, now);
    case 'drain':
      return resign(state, checked, { why: 'unhealthy' }, now);
    case 'on':
      return move(state, checked);
  }
}

/** Work has settled after a loss: the candidate is free for its next campaign. */
export function joined(
  state: CandidateState,
  phase: Extract<Phase, { kind: 'joining' }>,
): LeaseStep {
  const { token, why } = phase;
  return move(state, { kind: 'idle' }, { kind: 'ended', token, why, released: false });
}

/** Begins a new renewal, with a nonce of its own. It says `draining` once this leader is to stop. */
function renew(state: CandidateState, holding: Holding, now: Stamped): LeaseStep {
  const { leading } = holding;
  const draining = leading.stopping !== undefined || holding.stopAt !== undefined;
  const overtaken = leading.renewal
    ? [...(holding.overtaken ?? []), leading.renewal]
    : holding.overtaken;
  const renewal = firstAttempt(now);
  const renewing: Renew = {
    ...tenancy(state, now),
    kind: 'renew',
    confirmedRevision: leading.revision,
    revision: renewal.nonce,
    token: leading.token,
    state: draining ? 'draining' : 'leading',
  };
  return send(state, {
    ...holding,
    announced: draining,
    overtaken,
    renewing,
    leading: { ...leading, renewal },
  });
}

/** Sends the pending renewal, for the first time or again. */
function send(state: CandidateState, holding: Holding): LeaseStep {
  const { leading, renewing } = holding;
  if (leading.renewal === undefined || renewing === undefined) return stay(state);
  const { attempt } = leading.renewal;
  return move(state, holding, { kind: 'write', write: renewing, attempt });
}

/** Goes on leading, with what the course of the term has changed. */
function goOn(state: CandidateState, holding: Holding, { leading, effects }: Course): LeaseStep {
  return move(state, { ...holding, leading }, ...effects);
}

/** The term is over without a release: the record names this candidate until the lease has run out. */
function lose(state: CandidateState, holding: Holding, why: Why, now: Stamped): LeaseStep {
  const { token, electedAt } = holding.leading;
  return move(
    holdOff(state, { why, electedAt, requested: holding.requested }, now),
    { kind: 'joining', token, why },
    ...over(holding.leading, why),
  );
}
