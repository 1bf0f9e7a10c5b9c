/**
 * What the facts of a lease store's contract are told with: fresh elections, writes, and a comparison.
 */
import { deepStrictEqual } from 'node:assert/strict';
import type {
  Acquire,
  FirstAcquire,
  LeaseRecord,
  LeaseWrite,
  Renew,
} from '../core/lease/record.ts';
import type { LeaseStore } from '../ports.ts';

/** Gives a store for an election that was never held. */
export type OpenStore = (election: string) => Promise<LeaseStore>;

export const { signal } = new AbortController();
export const tenancy = { leaseDurationMs: 10_000, renewIntervalMs: 3_000, renewedAtEpochMs: 1_000 };

export const first = (holder: string, revision: string): FirstAcquire => ({
  kind: 'first-acquire',
  holder,
  revision,
  token: 1n,
  ...tenancy,
});

export const acquire = (holder: string, revision: string, from: LeaseRecord): Acquire => ({
  kind: 'acquire',
  holder,
  revision,
  seenRevision: from.revision,
  token: from.token + 1n,
  ...tenancy,
});

export const renew = (
  revision: string,
  from: LeaseRecord,
  state: Renew['state'] = 'leading',
): Renew => ({
  kind: 'renew',
  holder: from.holder ?? '',
  token: from.token,
  confirmedRevision: from.revision,
  revision,
  state,
  ...tenancy,
});

/** A store for an election that was never held, and what is done to it most often. */
export async function freshOf(open: OpenStore) {
  const store = await open(`contract ${crypto.randomUUID()}`);
  const write = (leaseWrite: LeaseWrite) => store.write(leaseWrite, { signal });
  const record = async (): Promise<LeaseRecord> => {
    const sighting = await store.read({ consistency: 'strong', signal });
    if (sighting.kind !== 'present') throw new Error(`expected a record, got ${sighting.kind}`);
    return sighting.record;
  };
  const held = async (holder = 'a') => {
    await write(first(holder, 'r1'));
    return record();
  };
  return { store, write, record, held };
}

/** Whether two values are the same, where a field of `undefined` is as good as none. */
export function same(actual: unknown, expected: unknown): void {
  deepStrictEqual(withoutUndefined(actual), withoutUndefined(expected));
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutUndefined(field)]));
}

export type Fresh = Awaited<ReturnType<typeof freshOf>>;
