/** What every part of a run over several Regions sees: the Regions, their table, and the candidates. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Term } from '../../../lib/ports.ts';
import type { Election as Elected, Violation } from '../../judge/invariants.ts';
import type { Coverage } from '../shared/faults/fault-table.ts';
import type { Stage, Victim } from '../shared/faults/process-faults.ts';
import type { SeededRandom } from '../shared/random.ts';
import type { Schedule } from '../shared/schedule.ts';
import type { SimulatedProcess } from '../shared/simulated-process.ts';
import type { Item } from '../table/expressions.ts';
import type { Resource } from '../table/resource.ts';
import type { SimulatedTable } from '../table/simulated-table.ts';
import type { RegionName } from './setting.ts';

/** A Region, and what is wrong with it. */
export interface Region {
  readonly name: RegionName;
  /** A witness holds no replica that could be asked, and no candidate. */
  readonly isWitness: boolean;
  /** How many faults cut its replica off from the other Regions. Its processes reach the replica. */
  cuts: number;
  /** How many faults have taken it away as a whole: nothing leaves it, and nothing comes in. */
  outages: number;
  /** Regions that its replica does not reach, beside those. */
  readonly cutFrom: Set<Region>;
}

export interface Participant extends Victim {
  readonly candidateId: string;
  readonly region: Region;
  readonly startedAtMs: number;
  term: Term | undefined;
  /** When it lost a term otherwise than by choice: it may let others go first for a while. */
  lostAtMs: number | undefined;
}

export type TableConsistency = 'strong' | 'eventual';

export interface GlobalTable {
  /** What the Region's replica carries out as strongly consistent. */
  execute(region: Region, command: object): object;
  /** What its replica has by now. */
  executeEventually(region: Region, command: object): object;
  /** The table as the resource of a leader uses it; `within` says from which Region. */
  readonly facade: SimulatedTable;
  within<T>(region: Region, use: () => T): T;
}

export interface Network {
  clientOf(process: SimulatedProcess, region: Region): DynamoDBClient;
  /** A fenced write on its way; gives up by itself. */
  reach(process: SimulatedProcess, region: Region, carryOut: () => object): Promise<object>;
}

export interface World extends Stage {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly coverage: Coverage;
  readonly regions: readonly Region[];
  readonly table: GlobalTable;
  readonly network: Network;
  /** A fenced row of the same table, written by each leader from its own Region. */
  readonly resource: Resource;
  /** Which faults this run has. */
  readonly enabled: ReadonlySet<string>;
  /** Of one call to draw a fault. */
  readonly callFaultRate: number;
  /** All round trips are this many times as long. */
  slowness: number;
  readonly participants: Participant[];
  readonly elections: Elected[];
  readonly violations: Violation[];
  /** The election's record as it is. */
  record: Item | undefined;
  /** When something went wrong last, or ended. */
  lastTroubleMs: number;
  /** From the loss of the leader's Region until another leads, where nothing else went wrong meanwhile. */
  readonly failOversMs: number[];
  /** Since when the leader's Region is lost. */
  leaderLostAtMs: number | undefined;
  readonly say: (who: string, what: string) => void;
  start(region: Region): void;
  left(participant: Participant): void;
  bothClocksLied(process: SimulatedProcess): boolean;
}

/** Whether its replica answers strongly consistent calls: it reaches one of the others. */
export function hasQuorum(regions: readonly Region[], region: Region): boolean {
  return region.outages === 0 && peersOf(regions, region).length > 0;
}

/** The Regions whose replica, or witness, is reached by this one's. */
export function peersOf(regions: readonly Region[], region: Region): readonly Region[] {
  if (region.cuts > 0) return [];
  return regions.filter(
    (other) =>
      other !== region && other.cuts === 0 && other.outages === 0 && !region.cutFrom.has(other),
  );
}
