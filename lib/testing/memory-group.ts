/**
 * A group's store in memory: for users' own tests, and for groups inside one process.
 *
 * Keeps the same contract as the DynamoDB store (`test/contract`), with writes applied at once and in
 * order. It survives nothing.
 */
import type {
  LoadRow,
  MemberRow,
  PartitionRecord,
  PlanBody,
  PlanHead,
} from '../core/group/rows.ts';
import type {
  GroupOutcome,
  GroupRead,
  GroupSighting,
  GroupWrite,
  RecordOutcome,
  RecordWrite,
} from '../core/group/writes.ts';
import type { GroupMechanism, GroupStore } from '../group-ports.ts';
import { headAfter, memberAfter, recordAfter } from './group-writes.ts';

/** The rows of one group, as stored; for a test to look at, or to put something there. */
export interface GroupRows {
  /** `undefined` before the group was created. */
  head: PlanHead | undefined;
  /** By their nonce. */
  readonly bodies: Map<string, PlanBody>;
  /** By `memberId`. */
  readonly members: Map<string, MemberRow>;
  /** By `memberId`. */
  readonly loads: Map<string, LoadRow>;
  /** By partition. */
  readonly records: Map<number, PartitionRecord>;
}

/** The rows of a group that was never created. */
export function createGroupRows(): GroupRows {
  return {
    head: undefined,
    bodies: new Map(),
    members: new Map(),
    loads: new Map(),
    records: new Map(),
  };
}

/** Groups whose rows are in memory: each name has its own, for all that share them. */
export function memoryGroup(groups: Map<string, GroupRows> = new Map()): GroupMechanism {
  return {
    kind: 'group',
    open({ name }) {
      const rows = groups.get(name) ?? createGroupRows();
      groups.set(name, rows);
      return createMemoryGroup(rows);
    },
  };
}

/** A group’s store in memory. Give the same rows to each member of a test. */
export function createMemoryGroup(rows: GroupRows = createGroupRows()): GroupStore {
  return {
    read: async (read) => sightingOf(rows, read),
    write: async (write) => applyGroupWrite(rows, write),
    writeRecords: async (writes) => writes.map((write) => applyRecordWrite(rows, write)),
  };
}

export function sightingOf(rows: GroupRows, read: GroupRead): GroupSighting {
  switch (read.kind) {
    case 'head':
      return { kind: 'head', head: rows.head };
    case 'body':
      return { kind: 'body', plan: rows.bodies.get(read.body) };
    case 'member':
      return { kind: 'member', row: rows.members.get(read.memberId) };
    case 'roster':
      return {
        kind: 'roster',
        members: [...rows.members.values()],
        loads: [...rows.loads.values()],
      };
    case 'records':
      return { kind: 'records', records: read.partitions.map((p) => rows.records.get(p)) };
  }
}

export function applyGroupWrite(rows: GroupRows, write: GroupWrite): GroupOutcome {
  switch (write.kind) {
    case 'create-group':
    case 'claim':
    case 'write-plan':
    case 'call-attention': {
      const next = headAfter(rows.head, write);
      if (next === undefined) return { kind: 'refused', row: rows.head };
      rows.head = next;
      return { kind: 'granted' };
    }
    case 'write-body':
      if (rows.bodies.has(write.body)) return { kind: 'refused' };
      rows.bodies.set(write.body, write.plan);
      return { kind: 'granted' };
    case 'expire-body':
      return { kind: 'granted' };
    case 'write-load':
      rows.loads.set(write.memberId, { memberId: write.memberId, weights: write.weights });
      return { kind: 'granted' };
    case 'join':
    case 'heartbeat':
    case 'end-member':
    case 'ask-to-leave': {
      const row = rows.members.get(write.memberId);
      const next = memberAfter(row, write);
      if (next === undefined) return { kind: 'refused', row };
      rows.members.set(write.memberId, next);
      return write.kind === 'heartbeat' ? { kind: 'granted', row: next } : { kind: 'granted' };
    }
  }
}

export function applyRecordWrite({ records }: GroupRows, write: RecordWrite): RecordOutcome {
  const row = records.get(write.partition);
  const next = recordAfter(row, write);
  if (next === undefined) return { kind: 'refused', row };
  records.set(write.partition, next);
  return { kind: 'granted' };
}
