/**
 * The course of a term from elected to over, the same for a lease and a baton.
 *
 * Decides when to renew, when work must stop, when the term is over, and what an answer to a renewal
 * makes of it. Over is final: nothing in here extends a term that was over once. What a renewal is on
 * the wire, and what a refusal teaches, is left to `lease/leading.ts` and `baton/leading.ts`.
 */
import { pessimisticElapsedMs, type Reading, type Stamped } from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';
import { retried, retryInMs, urgent } from './attempts.ts';
import type { TermEffect, TermNote } from './effects.ts';
import { type Leading, type Leaving, remainingMs, type Stopping, type Why } from './leading.ts';

type CourseNote = 'renewed' | 'draining' | 'stuck' | 'unconfirmed';

/** The effects that the course of a term asks for by itself. */
export type CourseEffect =
  | Extract<TermEffect<never>, { kind: 'stop' | 'over' | 'check-health' }>
  | { readonly kind: 'note'; readonly note: Extract<TermNote, { kind: CourseNote }> };

/** A term as it goes on, and what the runtime does about it. */
export interface Course {
  readonly leading: Leading;
  readonly effects: readonly CourseEffect[];
}

/** What time makes of a term. */
export type Turn =
  | ({ readonly kind: 'on' } & Course)
  | { readonly kind: 'over'; readonly why: Why }
  /** A new renewal is due. */
  | { readonly kind: 'renew' }
  /** The pending one is to be sent again; `leading` has counted the attempt. */
  | { readonly kind: 'retry-renewal'; readonly leading: Leading };

/** What time alone makes of the term. At most one thing at a time; the caller asks again after doing it. */
export function turn(
  leading: Leading,
  now: Stamped,
  { timings, gated }: { timings: Timings; gated: boolean },
): Turn {
  const leftMs = remainingMs(leading, now.at, timings);
  const { stopping, renewal } = leading;
  if (leftMs <= 0) return { kind: 'over', why: stopping?.why ?? 'lapsed' };
  if (leftMs <= timings.lossGraceMs && stopping === undefined) {
    return { kind: 'on', ...stop(leading, 'lapsed', now, { renewing: false }) };
  }
  if (stopping?.renewing && drainLeftMs(stopping, now.at, timings) <= 0) {
    return { kind: 'on', ...stuck(leading, stopping, now) };
  }
  const nothing: Turn = { kind: 'on', leading, effects: [] };
  if (stopping !== undefined && !stopping.renewing) return nothing;
  if (renewal !== undefined) {
    if (retryInMs(renewal, now.at) > 0) return nothing;
    return { kind: 'retry-renewal', leading: { ...leading, renewal: retried(renewal) } };
  }
  if (leading.checkingHealth || renewInMs(leading, now.at, timings) > 0) return nothing;
  // Health gates renewal so that a process that cannot work gives up the role; not while it drains.
  if (!gated || stopping !== undefined) return { kind: 'renew' };
  const checking = { ...leading, checkingHealth: true };
  return { kind: 'on', leading: checking, effects: [{ kind: 'check-health' }] };
}

/** Milliseconds until the answer of `turn` may change, if no input comes before. */
export function dueInMs(leading: Leading, now: Reading, timings: Timings): number {
  const leftMs = remainingMs(leading, now, timings);
  const { stopping, renewal } = leading;
  const waits = [leftMs];
  if (stopping === undefined) waits.push(leftMs - timings.lossGraceMs);
  if (stopping?.renewing) waits.push(drainLeftMs(stopping, now, timings));
  if (stopping === undefined || stopping.renewing) {
    if (renewal) waits.push(retryInMs(renewal, now));
    if (renewal === undefined && !leading.checkingHealth) {
      waits.push(renewInMs(leading, now, timings));
    }
  }
  return Math.max(0, Math.min(...waits));
}

/**
 * Tells work to stop and keeps the role while it drains. Changes nothing where work was told
 * already.
 */
export function drain(leading: Leading, why: Leaving, now: Stamped): Course {
  if (leading.stopping !== undefined) return { leading, effects: [] };
  const { token } = leading;
  const stopped = stop(leading, why, now);
  const draining = { kind: 'note', note: { kind: 'draining', token, why } } as const;
  return { ...stopped, effects: [draining, ...stopped.effects] };
}

/** Nothing may be done for the term any more. */
export function over({ token, stopping }: Leading, why: Why): readonly CourseEffect[] {
  const ended = { kind: 'over', token, why } as const;
  return stopping ? [ended] : [{ kind: 'stop', token, why }, ended];
}

/**
 * The pending renewal was confirmed. The caller has made sure that the term is not over: an ended
 * term is never extended.
 */
export function renewed(leading: Leading, now: Stamped, timings: Timings): Course {
  const { renewal, token } = leading;
  if (renewal === undefined) return { leading, effects: [] };
  const note = {
    kind: 'renewed',
    token,
    latencyMs: now.at.monotonicMs - renewal.sentAt.monotonicMs,
    remainingMs: remainingMs(leading, now.at, timings),
  } as const;
  const { nonce: revision, sentAt: confirmedAt } = renewal;
  const extended = { ...leading, confirmedAt, revision, renewal: undefined, isEager: undefined };
  return { leading: extended, effects: [{ kind: 'note', note }] };
}

/** The pending renewal may have been applied, or not. It is repeated, and the term goes on. */
export function unconfirmed(
  leading: Leading,
  cause: unknown,
  now: Stamped,
  timings: Timings,
): Course {
  // After this instant an answer would come only once work has been told to stop.
  const { lossGraceMs, writeTimeoutMs } = timings;
  const lastUsefulInMs = remainingMs(leading, now.at, timings) - lossGraceMs - writeTimeoutMs;
  const renewal = leading.renewal && urgent(leading.renewal, now, { timings, lastUsefulInMs });
  const note = { kind: 'unconfirmed', cause } as const;
  return { leading: { ...leading, renewal }, effects: [{ kind: 'note', note }] };
}

/** What an answer to the health check calls for. */
export function examined(leading: Leading, healthy: boolean) {
  const checked = { ...leading, checkingHealth: false };
  if (!leading.checkingHealth) return { kind: 'on', leading } as const;
  // While work drains the answer changes nothing: renewals go on by their own time.
  if (leading.stopping !== undefined) return { kind: 'on', leading: checked } as const;
  // A leader that announces that it will stop has sent a renewal of its own meanwhile.
  if (healthy && leading.renewal !== undefined) return { kind: 'on', leading: checked } as const;
  return { kind: healthy ? 'renew' : 'drain', leading: checked } as const;
}

/** Tells work to stop. Renewals go on while it drains, unless the lease is about to lapse. */
export function stop(
  leading: Leading,
  why: Why,
  now: Stamped,
  { renewing } = { renewing: true },
): Course {
  const stopping = { why, since: now.at, renewing };
  const effects = [{ kind: 'stop', token: leading.token, why }] as const;
  return { leading: { ...leading, stopping }, effects };
}

/** The drain has lasted too long: no more renewals, and the lease lapses unreleased. */
function stuck(leading: Leading, stopping: Stopping, now: Stamped): Course {
  const waitedMs = pessimisticElapsedMs(stopping.since, now.at);
  const note = { kind: 'stuck', token: leading.token, waitedMs } as const;
  const given = { ...leading, stopping: { ...stopping, renewing: false } };
  return { leading: given, effects: [{ kind: 'note', note }] };
}

/** A lease that was cut to the end of this process lasts as long as it may: it is not renewed any more. */
export function isCut({ leaseMs = Infinity }: Leading, timings: Timings): boolean {
  return leaseMs < timings.leaseDurationMs;
}

/** Milliseconds until a renewal is due, counted from the last confirmed one by the pessimistic clock. */
function renewInMs(leading: Leading, now: Reading, timings: Timings): number {
  if (isCut(leading, timings)) return Infinity;
  if (leading.isEager) return 0;
  return timings.renewIntervalMs - pessimisticElapsedMs(leading.confirmedAt, now);
}

/** Milliseconds that are left for the work to settle. */
function drainLeftMs(stopping: Stopping, now: Reading, timings: Timings): number {
  return timings.drainMs - pessimisticElapsedMs(stopping.since, now);
}
