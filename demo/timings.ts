/**
 * The election of the demo and its timings: short, so that a person does not wait.
 */
export const ELECTION = 'demo';

export const DEMO_TIMINGS = { leaseDurationMs: 2_000, renewIntervalMs: 500 } as const;
