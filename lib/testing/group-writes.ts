/**
 * The meaning of each conditional write of a group, from row to row, on plain data.
 *
 * `undefined` is a refusal. `dynamodb/group/conditions.ts` says why each clause is there; the contract
 * holds the two together.
 */
import {
  GROUP_FORMAT_VERSION,
  type MemberRow,
  type PartitionRecord,
  type PlanHead,
} from '../core/group/rows.ts';
import type { HeadWrite, Membership, MemberWrite, RecordWrite } from '../core/group/writes.ts';

export function headAfter(head: PlanHead | undefined, write: HeadWrite): PlanHead | undefined {
  if (write.kind === 'create-group') {
    const { partitions, writtenAtEpochMs } = write;
    const created = { formatVersion: GROUP_FORMAT_VERSION, version: 0, partitions };
    return head === undefined ? { ...created, writtenAtEpochMs } : undefined;
  }
  if (head === undefined || head.version !== write.seenVersion) return undefined;
  switch (write.kind) {
    case 'claim':
      return head.claim === undefined || head.claim === write.staleClaim
        ? { ...head, claim: write.claim }
        : undefined;
    case 'write-plan': {
      const { claim: _claim, attentionAtEpochMs: _attention, ...kept } = head;
      const { body, partitions, writtenAtEpochMs } = write;
      return { ...kept, version: head.version + 1, body, partitions, writtenAtEpochMs };
    }
    case 'call-attention':
      return { ...head, attentionAtEpochMs: write.attentionAtEpochMs };
  }
}

export function memberAfter(row: MemberRow | undefined, write: MemberWrite): MemberRow | undefined {
  switch (write.kind) {
    case 'join': {
      const { revision, joinedAtEpochMs } = write;
      if (row !== undefined) return undefined;
      return { ...membershipOf(write), revision, joinedAtEpochMs, closedMs: 0 };
    }
    case 'heartbeat':
      return row !== undefined && row.revision === write.confirmedRevision
        ? { ...row, ...membershipOf(write), revision: write.revision }
        : undefined;
    case 'end-member':
      return row !== undefined && row.revision === write.seenRevision
        ? { ...row, state: 'gone', revision: write.revision, closedMs: write.closedMs }
        : undefined;
    case 'ask-to-leave':
      return row !== undefined && row.state !== 'gone' ? { ...row, request: 'leave' } : undefined;
  }
}

export function recordAfter(
  record: PartitionRecord | undefined,
  write: RecordWrite,
): PartitionRecord | undefined {
  const { partition, revision } = write;
  const vacant = { partition, revision, leaseDurationMs: 0 };
  switch (write.kind) {
    case 'seed':
      return record === undefined ? { ...vacant, token: 0n, writtenBy: 'seed' } : undefined;
    case 'acquire': {
      const { token, holder, leaseDurationMs } = write;
      return record !== undefined && record.revision === write.seenRevision
        ? { partition, revision, token, holder, leaseDurationMs, writtenBy: 'acquire' }
        : undefined;
    }
    case 'release': {
      if (record?.holder !== write.holder || record.token !== write.token) return undefined;
      const { holder: _, ...rest } = record;
      return { ...rest, revision, writtenBy: 'release' };
    }
    case 'reseed':
      return record?.revision === write.seenRevision
        ? { ...vacant, token: write.token, writtenBy: 'operator' }
        : undefined;
  }
}

function membershipOf(write: Membership): Membership {
  const { memberId, state, leaseDurationMs, renewIntervalMs, renewedAtEpochMs } = write;
  const { capacity, appliedPlan, attributes } = write;
  const lease = { leaseDurationMs, renewIntervalMs, renewedAtEpochMs };
  return { memberId, state, ...lease, capacity, appliedPlan, attributes };
}
