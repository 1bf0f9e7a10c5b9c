/**
 * The environment variables through which constructs configure functions and workers, set as
 * `electionFromEnvironment` and `groupFromEnvironment` of the library read them.
 */
import type { Timings } from '../../../lib/core/time/timing.ts';
import {
  attributeNamesAsText,
  ELECTION_VARIABLES,
  GROUP_VARIABLES,
  TIMING_VARIABLES,
} from '../../../lib/environment.ts';
import type { GroupTimings } from '../../../lib/group-ports.ts';
import type { IElectionTable } from '../table/election-table-base.ts';

/** A timing that was left out gets no variable, so that the library's default holds. */
export function environmentOf(of: {
  readonly election: string;
  readonly table: Pick<IElectionTable, 'tableName' | 'attributeNames'>;
  readonly timings: Partial<Timings>;
  readonly stopTimeoutMs?: number;
}): Record<string, string> {
  return { ...sharedOf(of), [ELECTION_VARIABLES.name]: of.election };
}

/** The same for a member of a group. */
export function groupEnvironmentOf(of: {
  readonly group: string;
  readonly partitions: number;
  readonly table: Pick<IElectionTable, 'tableName' | 'attributeNames'>;
  readonly timings: Partial<GroupTimings>;
  readonly stopTimeoutMs: number;
}): Record<string, string> {
  const { spareMs } = of.timings;
  return {
    ...sharedOf(of),
    [GROUP_VARIABLES.name]: of.group,
    [GROUP_VARIABLES.partitions]: String(of.partitions),
    ...(spareMs === undefined ? {} : { [GROUP_VARIABLES.spareMs]: String(spareMs) }),
  };
}

function sharedOf(of: {
  readonly table: Pick<IElectionTable, 'tableName' | 'attributeNames'>;
  readonly timings: Partial<Timings>;
  readonly stopTimeoutMs?: number;
}): Record<string, string> {
  const timings = Object.entries(TIMING_VARIABLES).flatMap(([name, variable]) => {
    const value = of.timings[name as keyof Timings];
    return value === undefined ? [] : [[variable, String(value)]];
  });
  const { tableName, stopTimeoutMs } = ELECTION_VARIABLES;
  return {
    [tableName]: of.table.tableName,
    ...attributeNamesVariable(of.table),
    ...(of.stopTimeoutMs === undefined ? {} : { [stopTimeoutMs]: String(of.stopTimeoutMs) }),
    ...Object.fromEntries(timings),
  };
}

/** For functions that read the table's stream and elect nothing. */
export function attributeNamesVariable({
  attributeNames,
}: Pick<IElectionTable, 'attributeNames'>): Record<string, string> {
  if (attributeNames === undefined) return {};
  return { [ELECTION_VARIABLES.attributeNames]: attributeNamesAsText(attributeNames) };
}
