/**
 * The environment variables through which constructs configure functions and workers.
 *
 * Decides names and formats once; `functions/environment.ts` parses the same.
 */
import type { Timings } from '../../../lib/core/time/timing.ts';
import { TIMING_VARIABLES } from '../../../lib/core/time/timing-variables.ts';

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
