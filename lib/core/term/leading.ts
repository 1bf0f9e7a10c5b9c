/**
 * What a leader knows of its term, and how long the term still lasts.
 *
 * Assumes that each `Reading` was taken after the event that it goes with, and before the effects of
 * that event are sent.
 */
import { pessimisticElapsedMs, type Reading } from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';
import type { Token } from '../token.ts';
import type { Attempts } from './attempts.ts';

/**
 * Why a term ended. `lapsed`: no confirmation came before the leader's own clock passed the
 * deadline. `deposed`: the store shows that the role is gone. `resigned`: the leader chose to.
 * `unhealthy`: `healthy()` said no.
 */
export type Why = 'lapsed' | 'deposed' | 'resigned' | 'unhealthy';

/**
 * Why a leader hands the role over while it still has it. `deposed`: another lock, without which it may not
 * lead, is gone.
 */
export type Leaving = Exclude<Why, 'lapsed'>;

/** A term that is not over, as its leader knows it. */
export interface Leading {
  readonly token: Token;
  readonly electedAt: Reading;
  /** The instant before the first attempt of the last confirmed write. */
  readonly confirmedAt: Reading;
  /** The lease that the last confirmed write stated, where it may be shorter than the timings'. */
  readonly leaseMs?: number | undefined;
  /** The nonce of the last confirmed write. */
  readonly revision: string;
  readonly renewal?: Attempts | undefined;
  readonly checkingHealth: boolean;
  /** A renewal was asked for before it is due, and none has been confirmed since. */
  readonly isEager?: boolean | undefined;
  /** Set once work was told to stop. */
  readonly stopping?: Stopping | undefined;
}

/** Work was told to stop: why, since when, and whether the role is kept meanwhile. */
export interface Stopping {
  readonly why: Why;
  readonly since: Reading;
  /** Whether renewal goes on while work drains: when resigning, until the drain deadline. */
  readonly renewing: boolean;
}

/** A term that begins now, confirmed by a write whose first attempt was sent at `confirmedAt`. */
export function newTerm(
  begun: Pick<Leading, 'token' | 'confirmedAt' | 'revision' | 'leaseMs'>,
  electedAt: Reading,
): Leading {
  return { ...begun, electedAt, checkingHealth: false };
}

/** Milliseconds until over, by the pessimistic clock; 0 or less means over. */
export function remainingMs(leading: Leading, now: Reading, timings: Timings): number {
  const validMs = (leading.leaseMs ?? timings.leaseDurationMs) - timings.marginMs;
  return validMs - pessimisticElapsedMs(leading.confirmedAt, now);
}
