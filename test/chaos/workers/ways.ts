/**
 * The two ways to elect, as a chaos run uses them: the same workload and the same faults for both.
 */
export const VIAS = ['lease', 'baton'] as const;
export type Via = (typeof VIAS)[number];

export const ELECTION = 'chaos';
export const QUEUE = 'chaos.fifo';

/** The key of a lock of another system's client. */
export const LOCK_KEY = 'id';

/** What elects, and where it is. */
export type Way =
  | { readonly via: 'lease'; readonly endpoint: string; readonly tableName: string }
  | { readonly via: 'npm lock'; readonly endpoint: string; readonly tableName: string }
  | { readonly via: 'baton'; readonly endpoint: string };

/** As short as each way allows with room for a loaded machine, so that a run sees many terms. */
export const TIMINGS = {
  lease: { leaseDurationMs: 2_000, renewIntervalMs: 600 },
  baton: { leaseDurationMs: 3_000, renewIntervalMs: 700, writeTimeoutMs: 500 },
  'npm lock': { leaseDurationMs: 2_000, renewIntervalMs: 600 },
} as const satisfies Record<Way['via'], object>;

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
  /** What elects this worker. Of two: a bridge from the first to the second. */
  readonly ways: readonly [Way] | readonly [from: Way, to: Way];
  /** Of the shared rows; calls to them go where the environment says. */
  readonly tableName: string;
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
