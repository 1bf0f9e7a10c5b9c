/**
 * A table with a replica in each of several Regions.
 *
 * Strongly consistent, as documented: a write is in the replica of at least one other Region before it is
 * answered, conditions and strongly consistent reads see the newest version wherever they are asked, and
 * an eventually consistent read sees what its own replica has. So there is one true table, and replicas
 * that follow its changes.
 *
 * Eventually consistent, to show what no election may use: each Region has a table of its own, judges
 * conditions by it, and tells the others later; the last writer wins.
 */
import type { Schedule } from '../shared/schedule.ts';
import type { Item } from '../table/expressions.ts';
import {
  type Change,
  createSimulatedTable,
  type SimulatedTable,
} from '../table/simulated-table.ts';
import type { GlobalTable, Region, TableConsistency } from './world.ts';

interface Options {
  readonly schedule: Schedule;
  readonly regions: readonly Region[];
  readonly consistency: TableConsistency;
  /** By how much a replica lags behind, now. */
  readonly lagMs: () => number;
  readonly changed: (change: Change) => void;
}

export function createGlobalTable(options: Options): GlobalTable {
  const { regions } = options;
  const replicas = options.consistency === 'strong' ? followers(options) : writers(options);
  let using: Region | undefined;
  const here = () => {
    if (using === undefined) throw new Error('say from which Region the table is used');
    return replicas.strong(using);
  };
  return {
    execute: (region, command) => replicas.strong(region).execute(command),
    executeEventually: (region, command) => replicas.eventual(region).execute(command),
    facade: {
      execute: (command) => here().execute(command),
      get: (key) => replicas.strong(using ?? (regions[0] as Region)).get(key),
      put: (key, item) => here().put(key, item),
    },
    within(region, use) {
      using = region;
      try {
        return use();
      } finally {
        using = undefined;
      }
    },
  };
}

interface Replicas {
  strong(region: Region): SimulatedTable;
  eventual(region: Region): SimulatedTable;
}

const isIsolated = ({ cuts, outages }: Region) => cuts > 0 || outages > 0;

/** One truth, and replicas that are brought up to date when they are read. */
function followers({ schedule, lagMs, changed }: Options): Replicas {
  const log: { readonly atMs: number; readonly key: string; readonly after: Item | undefined }[] =
    [];
  const truth = createSimulatedTable((change) => {
    log.push({ atMs: schedule.nowMs, key: change.key, after: change.after });
    changed(change);
  });
  const copies = new Map<Region, { readonly table: SimulatedTable; next: number }>();
  return {
    strong: () => truth,
    eventual(region) {
      const copy = copies.get(region) ?? { table: createSimulatedTable(), next: 0 };
      copies.set(region, copy);
      if (isIsolated(region)) return copy.table;
      const untilMs = schedule.nowMs - lagMs();
      for (; (log[copy.next]?.atMs ?? Infinity) <= untilMs; copy.next += 1) {
        const { key, after } = log[copy.next] as (typeof log)[number];
        copy.table.put(key, after);
      }
      return copy.table;
    },
  };
}

/** While a Region is isolated its changes wait. */
const RETRY_MS = 20_000;

/** A table in each Region, each of which tells the others what it has accepted. */
function writers({ schedule, regions, lagMs, changed }: Options): Replicas {
  const writtenAt = new Map<string, number>();
  const tables = new Map(
    regions.map((region) => {
      const table = createSimulatedTable((change) => {
        // What comes from another Region has no values, and is told no further.
        if (change.values === undefined) return;
        changed(change);
        writtenAt.set(`${region.name} ${change.key}`, schedule.nowMs);
        for (const other of regions) if (other !== region) tell(region, other, change);
      });
      return [region, table] as const;
    }),
  );

  function tell(from: Region, to: Region, change: Change, atMs = schedule.nowMs): void {
    schedule.at(schedule.nowMs + Math.max(lagMs(), 1), () => {
      if (isIsolated(from) || isIsolated(to)) {
        schedule.at(schedule.nowMs + RETRY_MS, () => tell(from, to, change, atMs));
        return;
      }
      const key = `${to.name} ${change.key}`;
      if ((writtenAt.get(key) ?? 0) > atMs) return;
      writtenAt.set(key, atMs);
      tables.get(to)?.put(change.key, change.after);
    });
  }

  const own = (region: Region) => tables.get(region) as SimulatedTable;
  return { strong: own, eventual: own };
}
