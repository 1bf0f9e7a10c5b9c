/** The group of the demo and its timings: short, so that a viewer does not wait. */
export const GROUP = 'demo';
export const PARTITIONS = 24;
export const TIMINGS = { leaseDurationMs: 8_000, renewIntervalMs: 2_400, drainMs: 1_000 } as const;
