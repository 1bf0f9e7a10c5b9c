/**
 * What is stored, and its true history: the table, the record's versions, and two fenced resources.
 */

import type { LeaseRecord } from '../../../../lib/core/lease/record.ts';
import type { Token } from '../../../../lib/core/token.ts';
import { decodeRecord } from '../../../../lib/dynamodb/election/stored-record.ts';
import { leaseKeyOf } from '../../../../lib/dynamodb/table/schema.ts';
import type { Acquisition, AppliedRelease, Outcome } from '../../../judge/invariants.ts';
import type { Schedule } from '../../shared/schedule.ts';
import type { Item } from '../../table/expressions.ts';
import { createResource, type Resource } from '../../table/resource.ts';
import { createSharedState, type SharedState } from '../../table/shared-state.ts';
import { createSimulatedTable, keyOf, type SimulatedTable } from '../../table/simulated-table.ts';
import { describe } from '../narrate.ts';
import { ELECTION } from './setting.ts';

const { pk, sk } = leaseKeyOf(ELECTION);
export const LEASE_KEY = keyOf({ pk: { S: pk }, sk: { S: sk } });

export interface Version {
  readonly atMs: number;
  readonly item: Item | undefined;
  readonly record: LeaseRecord | undefined;
}

export interface Storage {
  readonly table: SimulatedTable;
  readonly versions: readonly Version[];
  readonly releases: readonly AppliedRelease[];
  readonly acquisitions: readonly Acquisition[];
  /** What the store did with each write of the lease, in its order. */
  readonly outcomes: readonly Outcome[];
  /** By process: the token of the newest history row when it last asked for that. */
  readonly proven: Map<string, Token>;
  /** Its condition failed, by these values. */
  refused(values: Item): void;
  /** The lock set: what is acknowledged there must stay. */
  readonly shared: SharedState;
  /** Overwritten and deleted without being read: only S1 is claimed of it. */
  readonly ledger: Resource;
  /** What an eventually consistent read may still return. */
  asOf(key: string, instantMs: number): Item | undefined;
}

export function createStorage(schedule: Schedule, say: (what: () => string) => void): Storage {
  const versions: Version[] = [];
  const releases: AppliedRelease[] = [];
  const acquisitions: Acquisition[] = [];
  const outcomes: Outcome[] = [];
  const table = createSimulatedTable(({ key, before, after, values }) => {
    if (key !== LEASE_KEY) return;
    const granted = values && outcomeOf(values, 'granted');
    if (granted) outcomes.push(granted);
    if (granted?.write === 'acquire') {
      acquisitions.push({ token: BigInt(after?.token?.N ?? 0), by: granted.by });
    }
    if (values?.[':writtenBy']?.S === 'release') {
      const [holder, token] = [values[':holder']?.S ?? '', BigInt(values[':token']?.N ?? 0)];
      releases.push({ holder, token, found: before && decodeRecord(ELECTION, before) });
    }
    const record = after && decodeRecord(ELECTION, after);
    versions.push({ atMs: schedule.nowMs, item: after, record });
    say(() => describe(record));
  });
  return {
    table,
    versions,
    releases,
    acquisitions,
    outcomes,
    proven: new Map(),
    refused(values) {
      const refused = outcomeOf(values, 'refused');
      if (refused) outcomes.push(refused);
    },
    shared: createSharedState(table, 'shared'),
    ledger: createResource(table, 'ledger'),
    asOf: (key, instantMs) =>
      key === LEASE_KEY ? versions.findLast(({ atMs }) => atMs <= instantMs)?.item : undefined,
  };
}

/** A process begins each of its nonces with its own name. */
function outcomeOf(values: Item, outcome: Outcome['outcome']): Outcome | undefined {
  const by = values[':revision']?.S?.split('.')[0];
  const write = values[':writtenBy']?.S as Outcome['write'] | undefined;
  return by === undefined || write === undefined ? undefined : { by, write, outcome };
}
