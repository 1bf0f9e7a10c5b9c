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
  turn,
  unconfirmed,
} from '../term/course.ts';
import { holdOff } from '../term/hold-off.ts';
import { remainingMs, type Why } from '../term/leading.ts';
import { andThen, move, stay } from '../term/machine.ts';
import type { Reading, Stamped } from '../time/instant.ts';
import { READ_GUARD_MS } from '../time/timing.ts';
import type { Effect } from './effects.ts';
import { observe } from './observation.ts';
import type { LeaseRecord, Renew, WriteOutcome } from './record.ts';
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
      return announcementInMs(holding, now.at) <= 0 && next.effects.length === 0
        ? renew(state, holding, now)
        : goOn(state, holding, next);
  }
}

/** Milliseconds until `proceedLeading` may do something, if no input comes before. */
export function leadingDueInMs(state: CandidateState, holding: Holding, now: Reading): number {
  const dueMs = dueInMs(holding.leading, now, state.self.timings);
  return Math.max(0, Math.min(dueMs, announcementInMs(holding, now)));
}

/** The term was over before anything else could happen to it. */
export function expire(state: CandidateState, holding: Holding, now: Stamped): LeaseStep {
  const left = remainingMs(holding.leading, now.at, state.self.timings);
  if (left > 0) return stay(state);
  return lose(state, holding, holding.leading.stopping?.why ?? 'lapsed', now);
}

export function resign(
  state: CandidateState,
  holding: Holding,
  wish: { why: 'resigned' | 'unhealthy'; requested?: boolean } & Pick<Holding, 'reservation'>,
  now: Stamped,
): LeaseStep {
  if (holding.leading.stopping !== undefined) return stay(state);
  const { reservation, requested = false } = wish;
  const { token } = holding.leading;
  const course = drain(holding.leading, wish.why, now);
  const step = goOn(state, { ...holding, reservation, requested }, course);
  const note: Effect = { kind: 'note', note: { kind: 'requested', token } };
  return requested ? { ...step, effects: [note, ...step.effects] } : step;
}

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
      // For as long as the renewal said: near the end of this process that is less than a whole lease.
      const extended = { ...course.leading, leaseMs: renewing?.leaseDurationMs };
      const next: Holding = { ...holding, leading: extended, overtaken: undefined };
      const step = goOn(state, next, { ...course, leading: extended });
      if (outcome.record?.request !== 'resign') return step;
      const wish = { why: 'resigned', requested: true } as const;
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
 * A refusal that shows an earlier renewal of this term confirms that one: the next is sent from it. A
 * second line of defence, since one renewal is unresolved at a time.
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

/** The record says `draining` only where the drain outlasts a moment: a quick one needs no extra write. */
function announcementInMs(holding: Holding, now: Reading): number {
  const { stopping, renewal } = holding.leading;
  if (!stopping?.renewing || holding.announced || renewal !== undefined) return Infinity;
  return READ_GUARD_MS - (now.monotonicMs - stopping.since.monotonicMs);
}

function renew(state: CandidateState, holding: Holding, now: Stamped): LeaseStep {
  const { leading } = holding;
  const draining = leading.stopping !== undefined;
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

function goOn(state: CandidateState, holding: Holding, { leading, effects }: Course): LeaseStep {
  return move(state, { ...holding, leading }, ...effects);
}

function lose(state: CandidateState, holding: Holding, why: Why, now: Stamped): LeaseStep {
  const { token, electedAt } = holding.leading;
  return move(
    holdOff(state, { why, electedAt, requested: holding.requested }, now),
    { kind: 'joining', token, why },
    ...over(holding.leading, why),
  );
}
