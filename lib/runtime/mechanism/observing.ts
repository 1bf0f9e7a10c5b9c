/**
 * Watching without competing: who leads, as the store shows it and this process's clock bounds it.
 */

import {
  nextReadInMs,
  type Observation,
  observe,
  takeOverInMs,
} from '../../core/lease/observation.ts';
import type { Unknown } from '../../core/term/attempts.ts';
import type { Reading } from '../../core/time/instant.ts';
import type { Timings } from '../../core/time/timing.ts';
import { pause } from '../../pause.ts';
import type { Clock, Leader, LeaseStore, ObserveOptions } from '../../ports.ts';
import { asking } from './asking.ts';

/**
 * Yields the leader, or `undefined` where there is none, at once and then with each change; ends
 * when `signal` aborts. A reading of the past: a leader shown here may be over by the time the
 * caller looks.
 */
export async function* observeLease(
  store: Pick<LeaseStore, 'read'>,
  timings: Timings,
  clock: Clock,
  { signal }: ObserveOptions,
): AsyncGenerator<Leader | undefined, void, void> {
  const ask = asking({ clock, timings });
  let seen: Observation | undefined;
  let shown: string | undefined;
  while (!signal?.aborted) {
    const sighting = await ask((how) => store.read({ consistency: 'eventual', ...how }));
    if (sighting.kind === 'unknown' && endsIt(sighting, seen)) throw sighting.cause;
    const now = clock.now();
    if (sighting.kind === 'present') seen = observe(seen, sighting.record, now);
    if (signal?.aborted) return;
    // A read that failed shows nothing new. A lease that has run out meanwhile does.
    if (sighting.kind !== 'unknown' || seen !== undefined) {
      const leader = leaderOf(seen, now, timings);
      // No leader is a fact of its own, which the first look shows too.
      const key = JSON.stringify(
        leader ? [leader.candidateId, `${leader.token}`, leader.state, said(leader)] : 'nobody',
      );
      if (key !== shown) yield leader;
      shown = key;
    }
    await pause(clock, waitMs(seen, now, timings), signal);
  }
}

/**
 * A refusal by the account at the first look ends the watch. Later the account may heal, and the
 * leader seen is shown on.
 */
function endsIt({ permanent, denied }: Unknown, seen: Observation | undefined): boolean {
  return permanent || (denied === true && seen === undefined);
}

function leaderOf(
  seen: Observation | undefined,
  now: Reading,
  timings: Timings,
): Leader | undefined {
  if (seen?.record.holder === undefined) return undefined;
  if (expiresInMs(seen, now, timings) <= 0) return undefined;
  const { holder, token, state, attributes = {} } = seen.record;
  return { candidateId: holder, token, state, attributes };
}

/** In one order, whichever order the store gives them in. */
function said({ attributes }: Leader): readonly (readonly [string, string])[] {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
}

function waitMs(seen: Observation | undefined, now: Reading, timings: Timings): number {
  if (seen === undefined) return timings.renewIntervalMs;
  const readMs = nextReadInMs(seen, now, timings);
  const expiryMs = expiresInMs(seen, now, timings);
  return expiryMs > 0 ? Math.min(readMs, expiryMs) : readMs;
}

/** As for a candidate of rank 0 that holds nothing and trusts no wall clock. */
function expiresInMs(seen: Observation, now: Reading, timings: Timings): number {
  const self = { candidateId: '', timings: { ...timings, rank: 0, clockErrorMsMax: undefined } };
  return takeOverInMs(seen, now, self);
}
