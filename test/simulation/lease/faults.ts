/**
 * What may go wrong, by name; which of it does in one run; and the count of what really happened.
 *
 * A run enables a random part of the list (a swarm finds more than everything at once), and everything
 * heals at one instant, so that liveness can be judged after it.
 */
import type { SeededRandom } from '../shared/random.ts';
import { MISCHIEFS } from '../shared/user-code.ts';

/** On one request to the store or its answer; each call draws at most one. */
export const CALL_FAULTS = [
  'request-lost',
  'request-late',
  'answer-lost',
  'answer-late',
  'write-twice',
  'connection-reset',
  'error-before-applying',
  'error-after-applying',
  'throttled',
  'account-error',
  'stale-read',
  'killed-before-send',
  'killed-after-apply',
  'killed-after-answer',
] as const;

/** On a whole process, or on everyone. */
export const EVENT_FAULTS = [
  'killed',
  'paused-briefly',
  'paused-beyond-lease',
  'frozen-briefly',
  'frozen-beyond-lease',
  'wall-clock-forward',
  'wall-clock-back',
  'cut-from-store',
  'requests-cut',
  'answers-cut',
  'half-open',
  'cut-from-resource',
  'outage',
  'sigterm',
  'sigterm-killed-early',
  'asked-to-resign',
  'deposed-by-operator',
  'unhealthy',
  'work-ignores-signal',
  'work-throws',
  'work-blocks',
  'account-refuses',
  ...MISCHIEFS,
] as const;

/** On the whole run: they change what may be claimed of it. */
export const RUN_FAULTS = [
  'late-effects',
  'repeated-effects',
  'unanswered-effects',
  'clock-rates',
  'slow-health',
  'row-deleted',
  'row-restored',
  'twin-id',
] as const;

export const FAULTS = [...CALL_FAULTS, ...EVENT_FAULTS, ...RUN_FAULTS] as const;
export type Fault = (typeof FAULTS)[number];

/**
 * What an account answers for a while and then no more: a wall clock that is off until the SDK corrects
 * itself, credentials that could not be loaded, a token in its rotation, a policy that was just attached.
 */
export const ACCOUNT_ERRORS = [
  'InvalidSignatureException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'AccessDeniedException',
] as const;

export interface FaultPlan {
  readonly enabled: ReadonlySet<Fault>;
  /** Of one call to draw a fault. */
  readonly callFaultRate: number;
}

/** These make a whole run special, so few runs have them. */
const RARE: ReadonlySet<Fault> = new Set(['row-deleted', 'row-restored', 'twin-id']);

export function planFaults(random: SeededRandom, forced: readonly Fault[]): FaultPlan {
  const enabled = new Set<Fault>(forced);
  if (forced.length === 0) {
    for (const fault of FAULTS) if (random.chance(RARE.has(fault) ? 0.04 : 0.3)) enabled.add(fault);
  }
  return { enabled, callFaultRate: random.pick([0.02, 0.08, 0.25]) };
}

/** Counts what was reached, for the test that demands that all of it is. */
export interface Coverage {
  readonly counts: ReadonlyMap<string, number>;
  hit(name: string): void;
}

export function createCoverage(): Coverage {
  const counts = new Map<string, number>();
  return { counts, hit: (name) => counts.set(name, (counts.get(name) ?? 0) + 1) };
}

export function addCoverage(total: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [name, count] of more) total.set(name, (total.get(name) ?? 0) + count);
}
