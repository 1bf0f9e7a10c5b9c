/**
 * The environment variables through which constructs configure functions and workers, set as
 * `electionFromEnvironment` of the library reads them.
 */
import type { Timings } from '../../../lib/core/time/timing.ts';
import { ELECTION_VARIABLES, TIMING_VARIABLES } from '../../../lib/environment.ts';

/** What was left out is left out here too, so that the library's defaults hold. */
export function environmentOf(of: {
  readonly election: string;
  readonly tableName: string;
  readonly timings: Partial<Timings>;
  readonly stopTimeoutMs?: number;
}): Record<string, string> {
  const timings = Object.entries(TIMING_VARIABLES).flatMap(([name, variable]) => {
    const value = of.timings[name as keyof Timings];
    return value === undefined ? [] : [[variable, String(value)]];
  });
  const { name, tableName, stopTimeoutMs } = ELECTION_VARIABLES;
  return {
    [tableName]: of.tableName,
    [name]: of.election,
    ...(of.stopTimeoutMs === undefined ? {} : { [stopTimeoutMs]: String(of.stopTimeoutMs) }),
    ...Object.fromEntries(timings),
  };
}
