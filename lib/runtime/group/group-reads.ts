/**
 * Reads a group from outside: the head, the plan, the members and the records. Observers and
 * operators use it. Everything that keeps a row from being read is an error here.
 */

import type { PartitionRecord, PlanBody, PlanHead } from '../../core/group/rows.ts';
import type { GroupRead, GroupSighting, RosterRows } from '../../core/group/writes.ts';
import { unanswered } from '../../core/term/attempts.ts';
import { isTenureError } from '../../errors.ts';
import type { GroupStore } from '../../group-ports.ts';
import type { Clock } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';
import { unreachableGroup } from './group-problems.ts';

/** The limit of one read of records. Source: DynamoDB API reference, `BatchGetItem`. */
const RECORDS_MAX = 100;
/** How often records that a batch left unread are asked for again. */
const ATTEMPTS = 5;

export interface ReadingOptions {
  readonly group: string;
  readonly store: GroupStore;
  readonly clock: Clock;
  /** The deadline of one request. */
  readonly deadlineMs: number;
}

export type GroupReads = ReturnType<typeof groupReads>;

export function groupReads({ group, store, clock, deadlineMs }: ReadingOptions) {
  async function ask<Kind extends GroupRead['kind']>(read: Extract<GroupRead, { kind: Kind }>) {
    const sighting = await withDeadline<GroupSighting>(
      clock,
      deadlineMs,
      (signal) => store.read(read, { signal }),
      unanswered,
    );
    if (sighting.kind === 'unknown') throw errorOf(sighting.cause);
    return sighting as Extract<GroupSighting, { kind: Kind }>;
  }

  function errorOf(cause: unknown): unknown {
    return isTenureError(cause) ? cause : unreachableGroup(group, cause);
  }

  async function someRecords(partitions: readonly number[]): Promise<readonly Found[]> {
    const found = new Map<number, PartitionRecord | undefined>();
    let left = partitions;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const { records } = await ask<'records'>({ kind: 'records', partitions: left });
      let unread: unknown;
      left = left.filter((partition, index) => {
        const record = records[index];
        const isUnread = record !== undefined && 'kind' in record;
        if (isUnread) unread = record.cause;
        else found.set(partition, record);
        return isUnread;
      });
      if (left.length > 0 && attempt === ATTEMPTS) throw errorOf(unread);
    }
    return partitions.map((partition) => [partition, found.get(partition)] as const);
  }

  return {
    /** `undefined` for a group that was never created. */
    head: async (how: { readonly strong: boolean }): Promise<PlanHead | undefined> =>
      (await ask<'head'>({ kind: 'head', ...how })).head,
    /** `undefined` where nothing was planned, or the plan is missing or does not parse. */
    async plan({ body }: PlanHead): Promise<PlanBody | undefined> {
      return body === undefined ? undefined : (await ask<'body'>({ kind: 'body', body })).plan;
    },
    roster: async (): Promise<RosterRows> => ask<'roster'>({ kind: 'roster' }),
    /** Each with its record, or `undefined` where there is none. */
    async records(partitions: readonly number[]): Promise<readonly Found[]> {
      const chunks = Array.from({ length: Math.ceil(partitions.length / RECORDS_MAX) }, (_, n) =>
        partitions.slice(n * RECORDS_MAX, (n + 1) * RECORDS_MAX),
      );
      return (await Promise.all(chunks.map(someRecords))).flat();
    },
  };
}

type Found = readonly [partition: number, record: PartitionRecord | undefined];
