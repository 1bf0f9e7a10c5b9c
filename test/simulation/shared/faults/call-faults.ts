/**
 * What may go wrong with one call to a store or a queue: one entry a fault, which the network carries out.
 */
import { ACCOUNT_ERRORS } from './account-errors.ts';
import type { FaultEntry } from './fault-table.ts';

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

/** A call fault by its name. */
export interface Fate extends CallFault {
  readonly name: string;
}

export const FATES: readonly Fate[] = Object.entries(CALL_FAULTS).map(([name, fault]) => ({
  name,
  ...fault,
}));
