/**
 * The environment variables through which constructs configure functions and workers.
 *
 * Decides names and formats once; `functions/environment.ts` parses the same.
 */
import type { Timings } from '../../../lib/core/time/timing.ts';

const TIMING_VARIABLES = {
  leaseDurationMs: 'TENURE_LEASE_MS',
  renewIntervalMs: 'TENURE_RENEW_MS',
  marginMs: 'TENURE_MARGIN_MS',
  lossGraceMs: 'TENURE_LOSS_GRACE_MS',
  writeTimeoutMs: 'TENURE_WRITE_TIMEOUT_MS',
  drainMs: 'TENURE_DRAIN_MS',
  rank: 'TENURE_RANK',
  staggerMs: 'TENURE_STAGGER_MS',
  clockErrorMsMax: 'TENURE_CLOCK_ERROR_MS_MAX',
} as const satisfies Record<keyof Timings, string>;

/** Timings that were left out are left out here too, so that the library's defaults hold. */
export function environmentOf(of: {
  readonly election: string;
  readonly tableName: string;
  readonly timings: Partial<Timings>;
}): Record<string, string> {
  const timings = Object.entries(TIMING_VARIABLES).flatMap(([name, variable]) => {
    const value = of.timings[name as keyof Timings];
    return value === undefined ? [] : [[variable, String(value)]];
  });
  return {
    TENURE_TABLE: of.tableName,
    TENURE_ELECTION: of.election,
    ...Object.fromEntries(timings),
  };
}
