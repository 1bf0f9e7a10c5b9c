/**
 * A lease store in memory: for users' own tests, and for elections inside one process.
 *
 * Keeps the same contract as the DynamoDB store (`test/contract`), with writes applied at once and in
 * order. It survives nothing.
 */
import {
  FORMAT_VERSION,
  type LeaseRecord,
  type LeaseWrite,
  type WriteOutcome,
} from '../core/lease/record.ts';
import type { Token } from '../core/token.ts';
import type { LeaseMechanism, LeaseStore, Registration, TermEntry } from '../ports.ts';
import { leaseMechanism } from '../runtime/mechanism/lease.ts';
import { createGroupRows, createMemoryGroup, type GroupRows } from './memory-group.ts';

/** The records of all elections that share this memory. */
export interface Memory {
  /** The record as stored; for a test to look at, or to put something there. */
  readonly records: Map<string, LeaseRecord>;
  readonly history: Map<string, Map<Token, TermEntry>>;
  readonly registrations: Map<string, Map<string, Registration>>;
  readonly groups: Map<string, GroupRows>;
}

export function createMemory(): Memory {
  return { records: new Map(), history: new Map(), registrations: new Map(), groups: new Map() };
}

/** Elects among candidates that share a memory; each call without one makes a new one. */
export function memoryLease(memory: Memory = createMemory()): LeaseMechanism {
  return leaseMechanism({
    open: ({ name }) => createMemoryStore(memory, name),
    openGroup({ name }) {
      const rows = memory.groups.get(name) ?? createGroupRows();
      memory.groups.set(name, rows);
      return createMemoryGroup(rows);
    },
  });
}

export function createMemoryStore(memory: Memory, election: string): LeaseStore {
  const { records } = memory;
  const history = memory.history.get(election) ?? new Map<Token, TermEntry>();
  memory.history.set(election, history);
  const registrations = memory.registrations.get(election) ?? new Map<string, Registration>();
  memory.registrations.set(election, registrations);
  return {
    async read({ consistency }) {
      const record = records.get(election);
      if (record) return { kind: 'present', record };
      if (consistency === 'eventual') return { kind: 'absent' };
      const lastToken = [...history.keys()].reduce((a, b) => (a > b ? a : b), 0n);
      return lastToken > 0n ? { kind: 'absent', lastToken } : { kind: 'absent' };
    },
    async write(write) {
      const outcome = applyWrite(records.get(election), write);
      if (outcome.kind !== 'granted') return outcome;
      records.set(election, outcome.record);
      return write.kind === 'renew' ? outcome : { kind: 'granted' };
    },
    async chronicle(entry) {
      history.set(entry.token, { ...history.get(entry.token), ...entry });
    },
    async register(registration) {
      registrations.set(registration.candidateId, registration);
    },
  };
}

type Applied =
  | { readonly kind: 'granted'; readonly record: LeaseRecord }
  | Extract<WriteOutcome, { kind: 'refused' }>;

/** The meaning of each conditional write, on plain data. `dynamodb/election/conditions.ts` says why each clause. */
export function applyWrite(record: LeaseRecord | undefined, write: LeaseWrite): Applied {
  const next = holds(record, write) ? changed(record, write) : undefined;
  return next ? { kind: 'granted', record: next } : { kind: 'refused', record };
}

function holds(record: LeaseRecord | undefined, write: LeaseWrite): boolean {
  switch (write.kind) {
    case 'first-acquire':
      return record === undefined;
    case 'acquire':
    case 'depose':
    case 'reseed':
      return record?.revision === write.seenRevision;
    case 'renew':
      return (
        record?.holder === write.holder &&
        record.token === write.token &&
        record.revision === write.confirmedRevision
      );
    case 'release':
      return record?.holder === write.holder && record.token === write.token;
    case 'request-resign':
      return record?.holder === write.seenHolder && record.token === write.seenToken;
    case 'end-stopped':
      return record?.holder === write.seenHolder && record.revision === write.seenRevision;
  }
}

function changed(record: LeaseRecord | undefined, write: LeaseWrite): LeaseRecord | undefined {
  switch (write.kind) {
    case 'first-acquire':
    case 'acquire': {
      const { token, revision } = write;
      const common = { formatVersion: FORMAT_VERSION, token, revision, ...tenancyOf(write) };
      return { ...common, state: 'leading', writtenBy: 'acquire' };
    }
    case 'renew': {
      const { revision, state } = write;
      return record && { ...record, ...tenancyOf(write), revision, state, writtenBy: 'renew' };
    }
    case 'release':
    case 'end-stopped':
      return record && vacated(record, write, 'release');
    case 'depose':
      return record && vacated(record, write, 'operator');
    case 'request-resign':
      return record && { ...record, request: 'resign' };
    case 'reseed':
      return {
        formatVersion: FORMAT_VERSION,
        token: write.token,
        revision: write.revision,
        leaseDurationMs: write.leaseDurationMs,
        renewIntervalMs: write.renewIntervalMs,
        renewedAtEpochMs: Date.now(),
        state: 'leading',
        writtenBy: 'operator',
        reservedMs: write.leaseDurationMs,
      };
  }
}

function vacated(
  record: LeaseRecord,
  write: Extract<LeaseWrite, { kind: 'release' | 'end-stopped' | 'depose' }>,
  writtenBy: 'release' | 'operator',
): LeaseRecord {
  const { holder: _, request: __, reservedMs: ___, reservedFor: ____, ...rest } = record;
  const reservation = write.kind === 'end-stopped' ? undefined : write.reservation;
  return { ...rest, ...reservation, revision: write.revision, writtenBy };
}

function tenancyOf(write: Extract<LeaseWrite, { kind: 'first-acquire' | 'acquire' | 'renew' }>) {
  const { holder, leaseDurationMs, renewIntervalMs, renewedAtEpochMs, attributes = {} } = write;
  return { holder, leaseDurationMs, renewIntervalMs, renewedAtEpochMs, attributes };
}
