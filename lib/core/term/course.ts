/**
 * The course of a term, the same for a lease and a baton: what time and answers make of `Leading`.
 *
 * `leading.ts` says what is due; this does what needs no knowledge of the wire. What a renewal is there,
 * and what a refusal teaches, is left to `lease/leading.ts` and `baton/leading.ts`.
 */

import type { Effect, Note, Stamped } from '../lease/effects.ts';
import { pessimisticElapsedMs } from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';
import { postponed, retried } from './attempts.ts';
import { due, type Leading, remainingMs, type Why } from './leading.ts';

export type CourseEffect =
  | Extract<Effect, { kind: 'stop' | 'over' | 'check-health' }>
  | {
      readonly kind: 'note';
      readonly note: Extract<Note, { kind: 'stuck' | 'draining' | 'renewed' | 'unconfirmed' }>;
    };

/** A term as it goes on, and what the runtime does about it. */
export interface Course {
  readonly leading: Leading;
  readonly effects: readonly CourseEffect[];
}

export type Turn =
  | ({ readonly kind: 'on' } & Course)
  | { readonly kind: 'over'; readonly why: Why }
  /** A new renewal is due. */
  | { readonly kind: 'renew' }
  /** The pending one is to be sent again; `leading` has counted the attempt. */
  | { readonly kind: 'retry-renewal'; readonly leading: Leading };

/** What time alone makes of the term. */
export function turn(
  leading: Leading,
  now: Stamped,
  { timings, gated }: { timings: Timings; gated: boolean },
): Turn {
  const next = due(leading, now.at, timings, gated);
  switch (next.kind) {
    case 'over':
    case 'renew':
      return next;
    case 'stop':
      return { kind: 'on', ...stop(leading, next.why, now, { renewing: false }) };
    case 'stuck':
      return { kind: 'on', ...stuck(leading, now) };
    case 'check-health': {
      const effects = [{ kind: 'check-health' }] as const;
      return { kind: 'on', leading: { ...leading, checkingHealth: true }, effects };
    }
    case 'retry-renewal': {
      const renewal = leading.renewal && retried(leading.renewal);
      return { kind: 'retry-renewal', leading: { ...leading, renewal } };
    }
    case 'nothing':
      return { kind: 'on', leading, effects: [] };
  }
}

/** Tells work to stop and keeps the role while it drains. Nothing where it was told already. */
export function drain(leading: Leading, why: 'resigned' | 'unhealthy', now: Stamped): Course {
  if (leading.stopping !== undefined) return { leading, effects: [] };
  const { token } = leading;
  const stopped = stop(leading, why, now, { renewing: true });
  const draining = { kind: 'note', note: { kind: 'draining', token, why } } as const;
  return { ...stopped, effects: [draining, ...stopped.effects] };
}

/** Nothing may be done for the term any more. */
export function over({ token, stopping }: Leading, why: Why): readonly CourseEffect[] {
  const ended = { kind: 'over', token, why } as const;
  return stopping ? [ended] : [{ kind: 'stop', token, why }, ended];
}

/** The pending renewal was confirmed. The caller has asked first: a term that is over is not extended. */
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
  const extended = { ...leading, confirmedAt, revision, renewal: undefined };
  return { leading: extended, effects: [{ kind: 'note', note }] };
}

/** The pending renewal may have been applied, or not: it is repeated, and nothing is given up. */
export function unconfirmed(
  leading: Leading,
  cause: unknown,
  now: Stamped,
  timings: Timings,
): Course {
  const renewal = leading.renewal && postponed(leading.renewal, now, timings);
  const note = { kind: 'unconfirmed', cause } as const;
  return { leading: { ...leading, renewal }, effects: [{ kind: 'note', note }] };
}

/** What an answer to the health check calls for. */
export function examined(leading: Leading, healthy: boolean) {
  const checked = { ...leading, checkingHealth: false };
  if (!leading.checkingHealth) return { kind: 'on', leading } as const;
  const { stopping } = leading;
  // While draining the answer no longer matters: renewal goes on until the work has settled.
  if (stopping !== undefined)
    return { kind: stopping.renewing ? 'renew' : 'on', leading: checked } as const;
  return { kind: healthy ? 'renew' : 'drain', leading: checked } as const;
}

function stop(
  leading: Leading,
  why: Why,
  now: Stamped,
  { renewing }: { renewing: boolean },
): Course {
  const stopping = { why, since: now.at, renewing };
  const effects = [{ kind: 'stop', token: leading.token, why }] as const;
  return { leading: { ...leading, stopping }, effects };
}

/** The drain has lasted too long: no more renewals, and the lease lapses unreleased. */
function stuck(leading: Leading, now: Stamped): Course {
  const { stopping, token } = leading;
  if (stopping === undefined) return { leading, effects: [] };
  const waitedMs = pessimisticElapsedMs(stopping.since, now.at);
  const note = { kind: 'stuck', token, waitedMs } as const;
  const given = { ...leading, stopping: { ...stopping, renewing: false } };
  return { leading: given, effects: [{ kind: 'note', note }] };
}
