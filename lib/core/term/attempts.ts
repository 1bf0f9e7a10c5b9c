/**
 * A logical call that may need several attempts, and when the next one is due.
 *
 * One nonce goes through all attempts, so that an answer that was lost still counts; a confirmation
 * counts from the instant before the first.
 */
import { later, type Reading, type Stamped } from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';

/** One logical call through its attempts: a write, a receive, a send. */
export interface Attempts {
  readonly nonce: string;
  /** The instant before the *first* attempt that carried the nonce: what a confirmation counts from. */
  readonly sentAt: Reading;
  readonly attempt: number;
  /** Absent while an attempt is in flight. */
  readonly retryAt?: Reading | undefined;
}

/** The call may have been applied, or not, or may yet be applied. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly cause: unknown;
  /** Something is wrong with the call itself: asking again will not help. */
  readonly permanent: boolean;
  /** The account refused the caller, which may heal: it ends a campaign of one attempt and no other. */
  readonly denied?: boolean | undefined;
}

/** No answer came: the call may have been applied, or not. */
export const unanswered = (cause: unknown): Unknown => ({
  kind: 'unknown',
  cause,
  permanent: false,
});

/** Attempts at one call that a campaign of one attempt (`once`) waits for before it gives up. */
export const ATTEMPTS_ONCE = 3;

/** The delay before a first retry: several round trips, so that a passing fault has passed. */
const FIRST_RETRY_MS = 50;

/** A call that begins now, with the input's fresh nonce. */
export function firstAttempt(now: Stamped): Attempts {
  return { nonce: now.freshNonce, sentAt: now.at, attempt: 1 };
}

/** The longest that a leader waits between two attempts, where half of a write timeout is not less. */
const LEADER_RETRY_MS_MAX = 500;

/**
 * The attempt in flight had no answer, and the term depends on it. The next attempt comes soon,
 * however many there were. One comes at the last instant that can still be of use, where that is
 * ahead.
 */
export function urgent(
  attempts: Attempts,
  now: Stamped,
  { timings, lastUsefulInMs }: { timings: Timings; lastUsefulInMs: number },
): Attempts {
  const longestMs = Math.min(LEADER_RETRY_MS_MAX, timings.writeTimeoutMs / 2);
  const pauseMs = Math.min(doubledMs(attempts.attempt), longestMs) * (0.5 + now.jitter / 2);
  const delayMs = lastUsefulInMs > 0 ? Math.min(pauseMs, lastUsefulInMs) : pauseMs;
  return dueIn(attempts, delayMs, now);
}

/**
 * The attempt in flight had no answer: the next one is due after a delay that doubles, with jitter.
 */
export function postponed(attempts: Attempts, now: Stamped, timings: Timings): Attempts {
  return dueIn(attempts, retryPauseMs(attempts.attempt, now, timings), now);
}

/** `sentAt` stays that of the first attempt: what the nonce confirms counts from there. */
function dueIn(attempts: Attempts, delayMs: number, now: Stamped): Attempts {
  return { ...attempts, retryAt: later(now.at, delayMs) };
}

/** How long to wait after this many attempts in a row without an answer. */
export function retryPauseMs(attempts: number, now: Stamped, timings: Timings): number {
  const pauseMs = doubledMs(attempts) * (0.5 + now.jitter / 2);
  return Math.min(pauseMs, steadyPauseMs(timings.renewIntervalMs, now));
}

/**
 * How long to wait while calls keep failing: never less than between two requests in good times. So
 * a store that is gone, or comes back, meets no storm. Jitter comes on top.
 */
export function steadyPauseMs(intervalMs: number, { jitter }: Stamped): number {
  return intervalMs * (1 + jitter / 4);
}

/** The next attempt is in flight, under the same nonce. */
export function retried(attempts: Attempts): Attempts {
  return { ...attempts, attempt: attempts.attempt + 1, retryAt: undefined };
}

/** Milliseconds until the next attempt is due; infinite while one is in flight. */
export function retryInMs({ retryAt }: Attempts, now: Reading): number {
  return retryAt === undefined ? Infinity : retryAt.monotonicMs - now.monotonicMs;
}

/** 50, 100, 200 ms …: half of it is jitter at most. */
function doubledMs(attempts: number): number {
  return FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 16);
}
