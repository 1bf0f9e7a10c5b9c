/**
 * The two ways to elect, as a chaos run uses them: the same workload and the same faults for both.
 */
import type { Timings } from '../../../lib/index.ts';

export const VIAS = ['lease', 'baton'] as const;
export type Via = (typeof VIAS)[number];

export const ELECTION = 'chaos';
export const QUEUE = 'chaos.fifo';

/** As short as each way allows with room for a loaded machine, so that a run sees many terms. */
export const TIMINGS: Readonly<Record<Via, Partial<Timings>>> = {
  lease: { leaseDurationMs: 2_000, renewIntervalMs: 600 },
  baton: { leaseDurationMs: 3_000, renewIntervalMs: 700, writeTimeoutMs: 500 },
};

/**
 * The longer of the two leases: a worker that is stopped for longer has been replaced, whichever
 * way it leads.
 */
export const LEASE_MS_MAX = 3_000;

/** The rows that every leader adds to. */
export const SHARED_KEY = 'shared';
/** Names the page that is being filled; the elements are in the pages. */
export const CURRENT_PAGE = 'pages';
export const pageKeyOf = (page: number): string => `page#${page}`;

/** What a worker is told, as JSON in its first argument. */
export interface WorkerSettings {
  readonly via: Via;
  readonly tableName: string;
  /** Where its calls to what elects go; those to the shared rows go where the environment says. */
  readonly electionEndpoint: string;
  readonly isFenced: boolean;
  /** Whether its writes have a deadline. */
  readonly isPatient: boolean;
}

/** What a worker says, one JSON object a line. */
export interface WorkerLine {
  readonly event:
    | 'elected'
    | 'acknowledged'
    | 'freezing'
    | 'refused'
    | 'settled'
    | 'lost'
    | 'work-failed'
    | 'campaign-failed';
  /** Added by the process that listens. */
  readonly worker: string;
  readonly candidateId?: string;
  readonly token?: string;
  readonly element?: string;
  /** An instant of the machine's monotonic clock, which all processes share. */
  readonly atMs?: number;
  /** Until when it believed, at that instant, to lead. Equal to it where it did not. */
  readonly untilMs?: number;
  /** Of an error, or the cause of a loss. */
  readonly name?: string;
}
