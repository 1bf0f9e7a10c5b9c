/**
 * The environment variables that hold timings: what constructs set, and what functions and workers read.
 */
import type { Timings } from './timing.ts';

export const TIMING_VARIABLES = {
  leaseDurationMs: 'TENURE_LEASE_MS',
  renewIntervalMs: 'TENURE_RENEW_MS',
  marginMs: 'TENURE_MARGIN_MS',
  lossGraceMs: 'TENURE_LOSS_GRACE_MS',
  writeTimeoutMs: 'TENURE_WRITE_TIMEOUT_MS',
  drainMs: 'TENURE_DRAIN_MS',
  settleMs: 'TENURE_SETTLE_MS',
  rank: 'TENURE_RANK',
  staggerMs: 'TENURE_STAGGER_MS',
  clockErrorMsMax: 'TENURE_CLOCK_ERROR_MS_MAX',
} as const satisfies Record<keyof Timings, string>;
