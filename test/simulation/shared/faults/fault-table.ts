/**
 * The faults of a simulation: a table by name, one entry a fault, which says what a fault does. Which of them
 * a run has is drawn from its seed; when they strike, and whom, is decided here for every simulation.
 */
import type { SeededRandom } from '../random.ts';

export interface FaultEntry {
  /** The part of the runs that have it. Default: 0.3. Of none: only runs that are told to. */
  readonly inRuns?: number;
}

/** Strikes a process, or everyone, at some moments of a run. */
export interface EventFault<World, Victim> extends FaultEntry {
  /** Lasts at most this long; `false` where it could not be done. */
  strike(world: World, victim: Victim, forMsMax: number): boolean;
}

export type EventTable<World, Victim> = Readonly<Record<string, EventFault<World, Victim>>>;

/** A random part of the table: a swarm of such runs finds more than everything at once. */
export function drawFaults(
  random: SeededRandom,
  table: Readonly<Record<string, FaultEntry>>,
): ReadonlySet<string> {
  const all = Object.entries(table);
  const drawn = all.filter(([, { inRuns = 0.3 }]) => inRuns > 0 && random.chance(inRuns));
  return new Set(drawn.map(([name]) => name));
}

export interface Injection<World, Victim> {
  readonly world: World;
  readonly random: SeededRandom;
  readonly schedule: Timeline;
  readonly table: EventTable<World, Victim>;
  readonly enabled: ReadonlySet<string>;
  readonly healsAtMs: number;
  /** On average one fault of each enabled kind in this many milliseconds. */
  readonly meanGapMs: number;
  /** Absent where no process is left to strike. */
  readonly victim: () => Victim | undefined;
  /** How long a fault lasts. Left out: each entry draws that itself. */
  readonly lastsMs?: () => number;
  readonly struck: (name: string, victim: Victim) => void;
}

interface Timeline {
  readonly nowMs: number;
  at(instantMs: number, event: () => void): unknown;
}

/** Puts the enabled faults on the schedule, until everything heals. */
export function injectFaults<World, Victim>(of: Injection<World, Victim>): void {
  const { world, random, schedule, table, enabled, healsAtMs, meanGapMs } = of;
  for (const [name, fault] of Object.entries(table)) {
    if (!enabled.has(name)) continue;
    const next = (): void => {
      const atMs = schedule.nowMs + random.between(0.2, 1.8) * meanGapMs;
      if (atMs >= healsAtMs) return;
      schedule.at(atMs, () => {
        const victim = of.victim();
        const forMs = Math.min(of.lastsMs?.() ?? Infinity, healsAtMs - atMs);
        const done = victim !== undefined && fault.strike(world, victim, forMs);
        if (done) of.struck(name, victim);
        next();
      });
    };
    next();
  }
}

/** Counts what was reached, for the test that demands that all of it is. */
export interface Coverage {
  readonly counts: ReadonlyMap<string, number>;
  hit(name: string): void;
}

export function createCoverage(): Coverage {
  const counts = new Map<string, number>();
  return { counts, hit: (name) => counts.set(name, (counts.get(name) ?? 0) + 1) };
}

export function addCoverage(total: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [name, count] of more) total.set(name, (total.get(name) ?? 0) + count);
}
