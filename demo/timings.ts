/**
 * The election of the demo and its timings: short, so that a viewer does not wait. The will does
 * not settle, since every write to the ledger is fenced.
 */
export const ELECTION = 'demo';

export const DEMO_TIMINGS = { leaseDurationMs: 2_000, renewIntervalMs: 500, settleMs: 0 } as const;
