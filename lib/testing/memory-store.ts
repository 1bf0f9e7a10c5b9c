/**
 * A lease store in memory: for users' own tests, and for elections inside one process.
 *
 * Keeps the same contract as the DynamoDB store (`test/contract`), with writes applied at once and in
 * order. It survives nothing.
 */
import type { LeaseRecord } from '../core/lease/record.ts';
import { recordAfter } from '../core/lease/writes.ts';
import type { Token } from '../core/token.ts';
import type { LeaseMechanism, LeaseStore, Registration, TermEntry } from '../ports.ts';
import { leaseMechanism } from '../runtime/mechanism/lease.ts';

/** The records of all elections that share this memory. */
export interface Memory {
  /** The record as stored; for a test to look at, or to put something there. */
  readonly records: Map<string, LeaseRecord>;
  /** Of each election, by token. */
  readonly history: Map<string, Map<Token, TermEntry>>;
  /** Of each election, by `candidateId`. */
  readonly registrations: Map<string, Map<string, Registration>>;
}

/** A table in memory, for the elections of a test. */
export function createMemory(): Memory {
  return { records: new Map(), history: new Map(), registrations: new Map() };
}

/** Elects among candidates that share a memory; each call without one makes a new one. */
export function memoryLease(memory: Memory = createMemory()): LeaseMechanism {
  return leaseMechanism({ open: ({ name }) => createMemoryStore(memory, name) });
}

/** The store of one election in that memory. Give the same memory to each candidate of a test. */
export function createMemoryStore(memory: Memory, election: string): LeaseStore {
  const { records } = memory;
  const history = memory.history.get(election) ?? new Map<Token, TermEntry>();
  memory.history.set(election, history);
  const registrations = memory.registrations.get(election) ?? new Map<string, Registration>();
  memory.registrations.set(election, registrations);
  return {
    async read({ consistency, history: asked }) {
      const record = records.get(election);
      const lastToken = [...history.keys()].reduce((a, b) => (a > b ? a : b), 0n);
      if (record)
        return asked ? { kind: 'present', record, lastToken } : { kind: 'present', record };
      if (consistency === 'eventual') return { kind: 'absent' };
      return lastToken > 0n ? { kind: 'absent', lastToken } : { kind: 'absent' };
    },
    async write(write) {
      const before = records.get(election);
      const record = recordAfter(before, write, Date.now());
      if (record === undefined) return { kind: 'refused', record: before };
      records.set(election, record);
      return write.kind === 'renew' ? { kind: 'granted', record } : { kind: 'granted' };
    },
    async chronicle(entry) {
      history.set(entry.token, { ...history.get(entry.token), ...entry });
    },
    async register(registration) {
      registrations.set(registration.candidateId, registration);
    },
    async unregister(candidateId) {
      registrations.delete(candidateId);
    },
    async candidates() {
      return [...registrations.values()];
    },
  };
}
