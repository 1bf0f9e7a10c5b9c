/** Writes and rows that the contract of a group's store uses. */
import type { PartitionRecord, PlanBody } from '../../lib/core/group/rows.ts';
import type { AcquirePartition, Heartbeat, Join } from '../../lib/core/group/writes.ts';

const membership = {
  state: 'active',
  leaseDurationMs: 10_000,
  renewIntervalMs: 3_000,
  renewedAtEpochMs: 1_000,
  capacity: 1.5,
  appliedPlan: 3,
} as const;
export const joinOf = (memberId: string, revision: string): Join => ({
  kind: 'join',
  ...{ memberId, revision, joinedAtEpochMs: 900, ...membership },
});
export const heartbeatOf = (
  memberId: string,
  confirmedRevision: string,
  revision: string,
): Heartbeat => ({
  kind: 'heartbeat',
  ...{ memberId, confirmedRevision, revision, ...membership },
});
export const endOf = (memberId: string, seenRevision: string, closedMs = 0) =>
  ({
    kind: 'end-member',
    memberId,
    seenRevision,
    revision: `end ${seenRevision}`,
    closedMs,
  }) as const;
export const acquireOf = (from: PartitionRecord, holder: string): AcquirePartition => ({
  kind: 'acquire',
  partition: from.partition,
  seenRevision: from.revision,
  revision: `${holder} ${from.partition}`,
  token: from.token + 1n,
  holder,
  leaseDurationMs: 10_000,
});
export const PLAN: PlanBody = {
  members: ['a', 'b'],
  leavers: ['c'],
  owners: [0, 1, -1, 0],
  pins: [
    { partition: 2, untilEpochMs: 9_000 },
    { partition: 0, memberId: 'a', untilEpochMs: 8_000 },
  ],
  refusals: [{ partition: 3, memberId: 'b' }],
};
