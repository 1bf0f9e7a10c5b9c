/**
 * Two clocks, never mixed.
 *
 * Decides how elapsed time is counted. Assumes that both clocks advance at a rate within the margin
 * of true time while the process runs; that the monotonic one may stand still while a machine is
 * frozen; and that the wall clock may jump in either direction at any moment.
 */

/** Milliseconds on a process's own monotonic clock. Means nothing in another process. */
export type Instant = number;

/** Milliseconds since 1970-01-01 on some machine's wall clock. A hint, unless an error bound is stated. */
export type EpochMs = number;

/** Both clocks, read together. */
export interface Reading {
  readonly monotonicMs: Instant;
  readonly epochMs: EpochMs;
  /**
   * How long the monotonic clock has stood still so far, as far as readings of both clocks show: what
   * the wall clock gained on it, whatever the wall clock lost at other times.
   */
  readonly frozenMs?: number | undefined;
}

/** Every input of a machine brings the time, and fresh randomness that its `step` may use. */
export interface Stamped {
  readonly at: Reading;
  /** Never repeats, in this process or another. */
  readonly freshNonce: string;
  /** Uniform in [0, 1). */
  readonly jitter: number;
}

/** The instant that lies so many milliseconds after this one, on both clocks. */
export function later(from: Reading, ms: number): Reading {
  return { monotonicMs: from.monotonicMs + ms, epochMs: from.epochMs + ms };
}

/**
 * How long a holder must assume has passed: the larger of the two differences. A suspended machine
 * may stop the monotonic clock, and a stepped wall clock may go back. Both may happen within one
 * lease, so the monotonic difference counts with the time that it is known to have missed.
 */
export function pessimisticElapsedMs(from: Reading, to: Reading): number {
  const frozenMs = (to.frozenMs ?? 0) - (from.frozenMs ?? 0);
  return Math.max(to.monotonicMs - from.monotonicMs + frozenMs, to.epochMs - from.epochMs);
}

/**
 * How long an observer may assume has passed: the monotonic difference alone, because a wall clock
 * that jumps forward must never end another candidate's lease.
 */
export function observedElapsedMs(from: Reading, to: Reading): number {
  return to.monotonicMs - from.monotonicMs;
}
