/**
 * The group of a chaos run: its size, its timings, and what its workers are told and say.
 */
import type { WorkerLine } from '../workers/ways.ts';

export const GROUP = 'chaos';
export const PARTITIONS = 8;
/** Room for a loaded machine in each request, and short enough to see many leases end. */
export const TIMINGS = { leaseDurationMs: 8_000, renewIntervalMs: 2_400, drainMs: 2_000 } as const;

/** The row that the leaders of a partition add to. */
export const rowKeyOf = (partition: number) => `group-row#${partition}`;

/** What a worker is told, as JSON in its first argument. */
export interface MemberSettings {
  readonly name: string;
  readonly tableName: string;
  /** Where its calls for the group go; those to the rows go where the environment says. */
  readonly groupEndpoint: string;
}

/** What a worker says, one JSON object a line. */
export interface MemberLine extends WorkerLine {
  readonly partition: number;
}
