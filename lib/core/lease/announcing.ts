/**
 * A hand-over that is announced: the leader says `draining` first and stops its work later.
 *
 * Decides for how long the leader goes on leading in between: until the standbys have read the
 * record once more. The standbys then read at short intervals. So the role is vacant only while the
 * work stops, and for a few round trips. A standby whose clock is off reads later, and finds the
 * vacancy as if nothing had been announced.
 */
import { remainingMs } from '../term/leading.ts';
import type { Reading } from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';
import type { CandidateState, Holding } from './state.ts';

/**
 * Milliseconds for which a leader that resigns now goes on leading; 0 or less where it stops at once.
 * Each standby reads a renew interval and a guard after the last renewal was sent; a second guard is
 * for the answer. What is left of the lease, and of this process, has to hold the stop as well.
 */
export function announceMs(
  { self, endsAt }: CandidateState,
  { leading, reservation }: Holding,
  now: Reading,
): number {
  const { timings } = self;
  const { sentAt } = leading.renewal ?? { sentAt: leading.confirmedAt };
  const readAtMs = sentAt.monotonicMs + timings.renewIntervalMs + 2 * timings.roundTripMs;
  const leftMs = remainingMs(leading, now, timings) - timings.lossGraceMs;
  // A hint wakes any standby, so `announceMs` may be 0. A reservation needs the announcement all
  // the same: its candidate must read of it by itself.
  const longestMs = reservation === undefined ? timings.announceMs : Infinity;
  const limits = [longestMs, readAtMs - now.monotonicMs, leftMs];
  if (endsAt !== undefined) {
    const endsInMs = Math.min(endsAt.monotonicMs - now.monotonicMs, endsAt.epochMs - now.epochMs);
    limits.push(endsInMs - timings.drainMs - timings.writeTimeoutMs);
  }
  return Math.min(...limits);
}

/** Milliseconds until the work of a leader that has announced itself is told to stop. */
export function announcedStopInMs({ stopAt, leading }: Holding, now: Reading): number {
  if (stopAt === undefined || leading.stopping !== undefined) return Infinity;
  return stopAt.monotonicMs - now.monotonicMs;
}

/**
 * By then the standbys have read a renewal, and the announcement comes only after that read. In
 * round trips. A standby that read the two together would read ever less often until the leader stops, a renew
 * interval later.
 */
const READ_BY_ROUND_TRIPS = 3;

/**
 * Milliseconds until the renewal that says `draining` is due: once the standbys have read the one before. A
 * leader that stops at once says it only where its work takes more than a moment: a quick stop needs no
 * extra write.
 */
export function announcementInMs(
  holding: Holding,
  now: Reading,
  { roundTripMs }: Pick<Timings, 'roundTripMs'>,
): number {
  const { stopping, renewal, confirmedAt } = holding.leading;
  if (holding.announced || renewal !== undefined) return Infinity;
  if (stopping === undefined) {
    if (holding.stopAt === undefined) return Infinity;
    return READ_BY_ROUND_TRIPS * roundTripMs - (now.monotonicMs - confirmedAt.monotonicMs);
  }
  if (!stopping.renewing) return Infinity;
  return roundTripMs - (now.monotonicMs - stopping.since.monotonicMs);
}
