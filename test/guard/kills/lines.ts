/** What a candidate of a run of kills says, one object a line, and by which timings it leads. */
export interface CandidateLine {
  readonly event:
    | 'ready'
    | 'watching'
    | 'elected'
    | 'renewing'
    | 'renewed'
    | 'acknowledged'
    | 'lost';
  /** Set for a candidate that is ready: its process id and its start time. */
  readonly identity?: string;
  readonly whom?: string;
  readonly token?: string;
  /** When the acquire was sent, in nanoseconds of the kernel's monotonic clock. */
  readonly sentAtNs?: string;
  /** What the kernel said of the leader before it when the acquire was sent. */
  readonly leaderBefore?: 'gone' | 'there' | 'nobody';
  /** Set for an entry of the ledger: its id. */
  readonly id?: string;
  readonly why?: string;
}

/**
 * A lease longer than any run, so that each election comes from a will. The leader renews so often that
 * many kills happen while a renewal is on its way.
 */
export const TIMINGS = {
  leaseDurationMs: 20_000,
  renewIntervalMs: 60,
  writeTimeoutMs: 2_000,
  settleMs: 0,
} as const;
