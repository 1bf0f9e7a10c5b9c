/**
 * What may go wrong with one call to the store, and with a whole run: one entry a fault. What may go wrong
 * with a process stands in `events.ts`.
 */
import { ACCOUNT_ERRORS } from '../shared/account-errors.ts';
import type { FaultEntry } from '../shared/fault-table.ts';

/** Of one request or its answer; each call draws at most one. */
export interface CallFault extends FaultEntry {
  /** Left out: every call. */
  readonly strikes?: 'writes' | 'eventual-reads';
  readonly request?: 'lost' | 'late' | 'reset';
  /** Carried out again, later. */
  readonly twice?: true;
  readonly answer?: 'lost' | 'late' | 'stale';
  /** Answered with one of these errors. */
  readonly fails?: { readonly by: readonly string[]; readonly applied: boolean };
  readonly kills?: 'before-send' | 'after-apply' | 'after-answer';
  /** No healthy leader may lose its role by it. */
  readonly harmless?: true;
}

export const CALL_FAULTS: Readonly<Record<string, CallFault>> = {
  'request-lost': { request: 'lost' },
  'request-late': { request: 'late' },
  'connection-reset': { request: 'reset' },
  'answer-lost': { answer: 'lost' },
  'answer-late': { answer: 'late' },
  'stale-read': { answer: 'stale', strikes: 'eventual-reads', harmless: true },
  'write-twice': { twice: true, strikes: 'writes', harmless: true },
  'error-before-applying': { fails: { by: ['InternalServerError'], applied: false } },
  'error-after-applying': { fails: { by: ['InternalServerError'], applied: true } },
  throttled: { fails: { by: ['ThrottlingException'], applied: false } },
  'account-error': { fails: { by: ACCOUNT_ERRORS, applied: false } },
  'killed-before-send': { kills: 'before-send' },
  'killed-after-apply': { kills: 'after-apply' },
  'killed-after-answer': { kills: 'after-answer' },
};

/** These make a whole run special. */
export const RARELY = 0.04;

/** Of the whole run: they change what may be claimed of it. */
export const RUN_FAULTS = {
  'late-effects': {},
  'repeated-effects': {},
  'unanswered-effects': {},
  'clock-rates': {},
  'slow-health': {},
  'cold-candidates': { inRuns: 0.12 },
  'row-deleted': { inRuns: RARELY },
  'row-restored': { inRuns: RARELY },
  'twin-id': { inRuns: RARELY },
} as const satisfies Readonly<Record<string, FaultEntry>>;
export type RunFault = keyof typeof RUN_FAULTS;

export interface FaultPlan {
  /** By name, of every table. */
  readonly enabled: ReadonlySet<string>;
  has(fault: RunFault): boolean;
  /** Of one call to draw a fault. */
  readonly callFaultRate: number;
}

export function planOfFaults(enabled: ReadonlySet<string>, callFaultRate: number): FaultPlan {
  return { enabled, callFaultRate, has: (fault) => enabled.has(fault) };
}
