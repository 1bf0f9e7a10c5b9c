/**
 * A term from elected to over, the same for a lease and a baton.
 *
 * Decides when to renew, when work must stop, when the term is over, and when the role is released.
 * Over is final: nothing in here extends a term that was over once. What a renewal or a release is on
 * the wire, and what an answer to it means, is left to `lease/machine.ts` and `baton/machine.ts`.
 *
 * Assumes that `at` was read after the event that the input tells of, and before its effects are sent.
 */

import { pessimisticElapsedMs, type Reading } from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';
import type { Token } from '../token.ts';
import { type Attempts, retryInMs } from './attempts.ts';

/** Why a term ended; the same words as `LeadershipLostError.why`. */
export type Why = 'lapsed' | 'deposed' | 'resigned' | 'unhealthy';

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
  /** Set once work was told to stop. */
  readonly stopping?: Stopping | undefined;
}

export interface Stopping {
  readonly why: Why;
  readonly since: Reading;
  /** Whether renewal goes on while work drains: when resigning, until the drain deadline. */
  readonly renewing: boolean;
}

/** Milliseconds until over, by the pessimistic clock; 0 or less means over. */
export function remainingMs(leading: Leading, now: Reading, timings: Timings): number {
  const validMs = (leading.leaseMs ?? timings.leaseDurationMs) - timings.marginMs;
  return validMs - pessimisticElapsedMs(leading.confirmedAt, now);
}

/** What is due now. At most one thing at a time; the caller asks again after doing it. */
export type Due =
  | { readonly kind: 'over'; readonly why: Why }
  | { readonly kind: 'stop'; readonly why: Why }
  | { readonly kind: 'stuck' }
  | { readonly kind: 'check-health' }
  | { readonly kind: 'renew' }
  | { readonly kind: 'retry-renewal' }
  | { readonly kind: 'nothing' };

export function due(leading: Leading, now: Reading, timings: Timings, gated: boolean): Due {
  const left = remainingMs(leading, now, timings);
  const { stopping, renewal } = leading;
  if (left <= 0) return { kind: 'over', why: stopping?.why ?? 'lapsed' };
  if (left <= timings.lossGraceMs && stopping === undefined) return { kind: 'stop', why: 'lapsed' };
  if (stopping?.renewing && drainLeftMs(stopping, now, timings) <= 0) return { kind: 'stuck' };
  if (stopping !== undefined && !stopping.renewing) return { kind: 'nothing' };
  if (renewal !== undefined) {
    return { kind: retryInMs(renewal, now) <= 0 ? 'retry-renewal' : 'nothing' };
  }
  if (leading.checkingHealth || renewInMs(leading, now, timings) > 0) return { kind: 'nothing' };
  // Health gates renewal so that a process that cannot work gives up the role; not while it drains.
  return { kind: gated && stopping === undefined ? 'check-health' : 'renew' };
}

/** Milliseconds until `due` may next answer something else, if no input comes before. */
export function dueInMs(leading: Leading, now: Reading, timings: Timings): number {
  const left = remainingMs(leading, now, timings);
  const { stopping, renewal } = leading;
  const waits = [left];
  if (stopping === undefined) waits.push(left - timings.lossGraceMs);
  if (stopping?.renewing) waits.push(drainLeftMs(stopping, now, timings));
  if (stopping === undefined || stopping.renewing) {
    if (renewal) waits.push(retryInMs(renewal, now));
    if (renewal === undefined && !leading.checkingHealth) {
      waits.push(renewInMs(leading, now, timings));
    }
  }
  return Math.max(0, Math.min(...waits));
}

function renewInMs(leading: Leading, now: Reading, timings: Timings): number {
  // A lease that was cut to the end of this process already lasts as long as it may.
  if ((leading.leaseMs ?? Infinity) < timings.leaseDurationMs) return Infinity;
  return timings.renewIntervalMs - pessimisticElapsedMs(leading.confirmedAt, now);
}

function drainLeftMs(stopping: Stopping, now: Reading, timings: Timings): number {
  return timings.drainMs - pessimisticElapsedMs(stopping.since, now);
}
