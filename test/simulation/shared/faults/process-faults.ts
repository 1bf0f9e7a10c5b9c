/**
 * The faults that may strike any simulated process: the same entries for every simulation that has such
 * processes, clocks and callbacks of a user.
 */

import type { SeededRandom } from '../random.ts';
import type { Schedule } from '../schedule.ts';
import type { SimulatedProcess } from '../simulated-process.ts';
import { MISCHIEFS, type UserCode } from '../user-code.ts';
import type { EventTable } from './fault-table.ts';

export interface Stage {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly timings: { readonly leaseDurationMs: number };
  kill(process: SimulatedProcess, why: string): void;
  trouble(process: SimulatedProcess, what: string): void;
  /** Notes which clock of a process is not to be trusted. */
  clocksLie(process: SimulatedProcess, how: ClockLie): void;
}

export const CLOCK_LIES = ['monotonic stood still', 'wall went back'] as const;
export type ClockLie = (typeof CLOCK_LIES)[number];

/** What a run does to the work of one process, until it heals. */
export interface Temper {
  healthy: boolean;
  ignoresSignalMs: number;
  throws: boolean;
}

export interface Victim {
  readonly process: SimulatedProcess;
  readonly temper: Temper;
  readonly userCode: UserCode;
  /** The term that its work is done for. */
  readonly term: { readonly signal: AbortSignal } | undefined;
  /** Asks it to leave, as SIGTERM does. */
  terminate(): void;
}

export const PROCESS_FAULTS = {
  killed: {
    strike({ kill }, { process }) {
      kill(process, 'killed');
      return true;
    },
  },
  'paused-briefly': {
    strike: (stage, { process }, leftMs) => freeze(stage, process, { leases: [0.02, 0.5], leftMs }),
  },
  'paused-beyond-lease': {
    strike: (stage, { process }, leftMs) => freeze(stage, process, { leases: [1, 3], leftMs }),
  },
  'work-blocks': {
    strike: (stage, { process, term }, leftMs) =>
      term !== undefined && freeze(stage, process, { leases: [0.02, 1], leftMs }),
  },
  'frozen-briefly': {
    strike: (stage, { process }, leftMs) =>
      freeze(stage, process, { leases: [0.02, 0.5], leftMs, stopsMonotonic: true }),
  },
  'frozen-beyond-lease': {
    strike: (stage, { process }, leftMs) =>
      freeze(stage, process, { leases: [1, 3], leftMs, stopsMonotonic: true }),
  },
  'wall-clock-forward': {
    strike({ random, timings }, { process }) {
      process.jumpWallClock(random.between(100, 3 * timings.leaseDurationMs));
      return true;
    },
  },
  'wall-clock-back': {
    strike({ random, timings, clocksLie }, { process }) {
      process.jumpWallClock(-random.between(100, 3 * timings.leaseDurationMs));
      clocksLie(process, 'wall went back');
      return true;
    },
  },
  sigterm: {
    strike(_, victim) {
      victim.terminate();
      return true;
    },
  },
  'sigterm-killed-early': {
    strike({ schedule, random, kill }, victim) {
      victim.terminate();
      const afterMs = random.between(0, 30);
      schedule.at(schedule.nowMs + afterMs, () => kill(victim.process, 'killed early'));
      return true;
    },
  },
  unhealthy: {
    strike({ schedule, random }, { temper }, leftMs) {
      temper.healthy = false;
      schedule.at(schedule.nowMs + Math.min(random.between(500, 4_000), leftMs), () => {
        temper.healthy = true;
      });
      return true;
    },
  },
  'work-ignores-signal': {
    strike({ random }, { temper }) {
      temper.ignoresSignalMs = random.between(100, 3_000);
      return true;
    },
  },
  'work-throws': {
    strike({ schedule, random }, { temper }, leftMs) {
      temper.throws = true;
      schedule.at(schedule.nowMs + Math.min(random.between(300, 3_000), leftMs), () => {
        temper.throws = false;
      });
      return true;
    },
  },
  ...Object.fromEntries(
    MISCHIEFS.map((mischief) => [
      mischief,
      {
        strike(_: Stage, { userCode }: Victim) {
          userCode.strike(mischief);
          return true;
        },
      },
    ]),
  ),
} as const satisfies EventTable<Stage, Victim>;

interface Freeze {
  /** From and to, in leases. */
  readonly leases: readonly [number, number];
  readonly leftMs: number;
  /** As a suspended machine may. */
  readonly stopsMonotonic?: true;
}

function freeze(stage: Stage, process: SimulatedProcess, how: Freeze): true {
  const { schedule, random, timings, trouble, clocksLie } = stage;
  const { leases, leftMs, stopsMonotonic = false } = how;
  const [from, to] = leases;
  const durationMs = Math.min(random.between(from, to) * timings.leaseDurationMs, leftMs);
  process.freeze({ durationMs, stopsMonotonic });
  if (stopsMonotonic) clocksLie(process, 'monotonic stood still');
  schedule.at(schedule.nowMs + durationMs, () => trouble(process, 'thawed'));
  return true;
}

/** The leader, more often than not: a fault of the leader shows most. */
export function victimOf<V extends Victim>(all: readonly V[], random: SeededRandom): V | undefined {
  const alive = all.filter(({ process }) => process.alive && !process.frozen);
  const leading = alive.filter(({ term }) => term !== undefined && !term.signal.aborted);
  if (leading.length > 0 && random.chance(0.7)) return random.pick(leading);
  return alive.length > 0 ? random.pick(alive) : undefined;
}
