/**
 * What an observer knows of a record, when it may take over, and when to look next.
 *
 * Assumes only that this process's monotonic clock runs within the margin of the holder's. The wall
 * clock times the next read, for speed; it decides a take-over only under a stated bound.
 */
import { observedElapsedMs, type Reading } from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';
import type { LeaseRecord } from './record.ts';

/** A record, and the local instants at which its revision was first and last seen. */
export interface Observation {
  readonly record: LeaseRecord;
  /** When the read returned that first showed this revision. Counting starts here. */
  readonly firstSeenAt: Reading;
  readonly lastSeenAt: Reading;
  /** Reads that still showed this revision, one at its first sight included. */
  readonly sightings: number;
  /** When draining, or a vacancy, was first seen in this term. */
  readonly drainingSince?: Reading | undefined;
}

/** Adds what a read or a refused write showed. `at` is the instant *after* the answer came. */
export function observe(
  before: Observation | undefined,
  record: LeaseRecord,
  at: Reading,
): Observation {
  const sameTerm = before?.record.token === record.token;
  const draining = record.state === 'draining' && record.holder !== undefined;
  const drainingSince = draining
    ? ((sameTerm ? before?.drainingSince : undefined) ?? at)
    : undefined;
  if (before?.record.revision !== record.revision) {
    return { record, firstSeenAt: at, lastSeenAt: at, sightings: 1, drainingSince };
  }
  return { ...before, record, lastSeenAt: at, sightings: before.sightings + 1, drainingSince };
}

/**
 * Recounts after this process may have been frozen with its monotonic clock standing still: the
 * wall-clock difference, less the bound on its error, where that is larger. Only between invocations.
 */
export function recountAfterFreeze(
  seen: Observation,
  now: Reading,
  clockErrorMsMax: number,
): Observation {
  const byWallClock = now.epochMs - seen.firstSeenAt.epochMs - clockErrorMsMax;
  const elapsedMs = Math.max(observedElapsedMs(seen.firstSeenAt, now), byWallClock);
  return {
    ...seen,
    firstSeenAt: { ...seen.firstSeenAt, monotonicMs: now.monotonicMs - elapsedMs },
  };
}

/**
 * Milliseconds until this candidate may take the role, by its own clock; 0 or less means now. The
 * lease binds every candidate alike. A candidate with a rank waits `rank × staggerMs` longer.
 */
export function takeOverInMs(
  seen: Observation,
  now: Reading,
  self: { candidateId: string; timings: Timings },
): number {
  const { record } = seen;
  // The record names this candidate outside a term that it leads: an acquire that landed late, or a
  // release whose answer was lost. Nothing acts under it, so this candidate need not wait for its
  // own lease.
  if (record.holder === self.candidateId) return 0;
  if (record.holder === undefined && record.reservedFor === self.candidateId) return 0;
  const closedMs = record.holder === undefined ? (record.reservedMs ?? 0) : record.leaseDurationMs;
  const waitMs = closedMs - observedElapsedMs(seen.firstSeenAt, now);
  return (
    Math.min(waitMs, waitByWallClockMs(record, closedMs, now, self.timings)) +
    self.timings.rank * self.timings.staggerMs
  );
}

/**
 * Under a stated bound a record is also free once every wall clock must be past its end. A vacancy
 * counts from its last holder's renewal too: an operator reserves it for that holder's lease.
 */
function waitByWallClockMs(
  record: LeaseRecord,
  closedMs: number,
  now: Reading,
  timings: Timings,
): number {
  if (timings.clockErrorMsMax === undefined) return Infinity;
  const freeAt = record.renewedAtEpochMs + closedMs + timings.clockErrorMsMax;
  // Strictly after: at the very instant of the end the holder could still believe that it leads.
  return freeAt - now.epochMs + 1;
}

/** How soon to look again at a vacancy or a draining leader: a tenth of the time waited so far. */
function drainPollMs(seen: Observation, now: Reading, roundTripMs: number): number {
  const since = seen.drainingSince ?? seen.firstSeenAt;
  return Math.max(roundTripMs, observedElapsedMs(since, now) / 10);
}

/**
 * The longest time from a revision's sending to its first sight, by both wall clocks, that shows
 * that the two clocks agree, in round trips. The standby then saw it at its first look or its
 * second. A longer time means that a clock is wrong or that the look was late. Neither is a reason
 * to look often.
 */
const CLOCKS_AGREE_ROUND_TRIPS = 3;

/**
 * Milliseconds until the next read is worth its price.
 *
 * With synchronised clocks the standby reads just after the expected renewal. Where the renewal is
 * not there yet, the standby reads once more soon, then at distances that double up to the renew
 * interval. So a renewal that was merely late is not seen a whole interval later. With clocks apart
 * the standby reads once more soon, then every renew interval. Where the expected renewal was due
 * before its predecessor was first seen, the hint is worthless. The standby then waits a renew
 * interval at once.
 */
export function nextReadInMs(
  seen: Observation,
  now: Reading,
  { roundTripMs }: Pick<Timings, 'roundTripMs'>,
): number {
  const { record, firstSeenAt, sightings } = seen;
  const interval = record.renewIntervalMs;
  if (record.holder !== undefined && record.state === 'draining') {
    return Math.min(interval, drainPollMs(seen, now, roundTripMs));
  }
  if (record.holder === undefined) return interval;
  const hintMs = record.renewedAtEpochMs + interval + roundTripMs - now.epochMs;
  if (sightings === 1) return hintMs >= roundTripMs ? Math.min(hintMs, interval) : interval;
  const seenAfterMs = firstSeenAt.epochMs - record.renewedAtEpochMs;
  const clocksAgree = seenAfterMs >= 0 && seenAfterMs <= CLOCKS_AGREE_ROUND_TRIPS * roundTripMs;
  if (sightings > 2 && !clocksAgree) return interval;
  return Math.min(interval, roundTripMs * 2 ** (sightings - 2));
}
