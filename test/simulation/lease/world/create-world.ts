/**
 * The simulated world: who lives in it, what is stored, what lies between, and what is told of it.
 */

import { withDefaults } from '../../../../lib/core/time/timing.ts';
import { isTenureError } from '../../../../lib/errors.ts';
import type { JournalEvent } from '../../../../lib/ports.ts';
import { endsNothing } from '../../shared/ends-nothing.ts';
import { createClockLies } from '../../shared/faults/clock-lies.ts';
import { createCoverage } from '../../shared/faults/fault-table.ts';
import type { SeededRandom } from '../../shared/random.ts';
import { createSchedule } from '../../shared/schedule.ts';
import { createProcess, type SimulatedProcess } from '../../shared/simulated-process.ts';
import type { FaultPlan } from '../faults.ts';
import { narrate } from '../narrate.ts';
import { createHintChannel } from '../network/hint-channel.ts';
import type { Links } from '../network/links.ts';
import { createNetwork } from '../network/network.ts';
import { reachResource } from '../network/reach.ts';
import { createOldLock } from './old-lock.ts';
import { startParticipant } from './participant.ts';
import { HEALS_AT_MS } from './setting.ts';
import { createStorage } from './storage.ts';
import type { Participant, StartOptions, World } from './world.ts';

const TIMINGS = { leaseDurationMs: 3_000, renewIntervalMs: 900, drainMs: 600 };
/** Clock rates within the margin: 60 ms in a lease of 3,000 is 2 %, for two clocks. */
const DRIFT_MAX = 0.008;
const WALL_OFFSET_MS_MAX = 5_000;
/** The stated bound of cold candidates, and how far apart that leaves their clocks beside their drift. */
const COLD = { clockErrorMsMax: 2_000, wallOffsetMsMax: 500 };
/** For how long a process stays that has ended its program. */
const LINGERS_LEASES = 1.5;

/** `tell` takes the timeline; without it none is made. */
export function createWorld(
  random: SeededRandom,
  plan: FaultPlan,
  tell: ((line: string) => void) | undefined,
): World {
  const schedule = createSchedule();
  const coverage = createCoverage();
  const links: Links = {
    requestsCut: new Set(),
    answersCut: new Set(),
    resourceCut: new Set(),
    halfOpen: new Set(),
    refusing: new Map(),
    outage: false,
  };
  const say = (who: string, what: string) =>
    tell?.(`${(schedule.nowMs / 1000).toFixed(3).padStart(7)} ${who.padEnd(6)} ${what}`);
  const storage = createStorage(schedule, (what) => tell && say('store', what()));
  const world: World = {
    ...{ schedule, random, storage, links, plan, coverage, say, tells: tell !== undefined },
    rowLost: plan.has('row-deleted') || plan.has('row-restored'),
    timings: withDefaults(
      plan.has('cold-candidates') ? { ...TIMINGS, clockErrorMsMax: COLD.clockErrorMsMax } : TIMINGS,
    ),
    oldLock: plan.has('bridges') ? createOldLock({ schedule, random }) : undefined,
    participants: [],
    acknowledged: new Set(),
    violations: [],
    lastTrouble: new Map(),
    onEvent: () => {},
    hints: random.chance(0.5) ? createHintChannel(schedule, random) : undefined,
    network: createNetwork({
      ...{ schedule, random, storage, plan, coverage, links, healsAtMs: HEALS_AT_MS },
      trouble: (process, what) => world.trouble(process, what),
      kill: (process, why) => world.kill(process, why),
    }),
    reach: (process, use) => reachResource(world, process, use),
    ...createClockLies(schedule, TIMINGS.leaseDurationMs),
    ...reports(() => world),
    ...population(() => world),
  };
  return world;
}

function reports(of: () => World) {
  return {
    trouble(process: SimulatedProcess, what: string): void {
      of().lastTrouble.set(process, of().schedule.nowMs);
      if (of().tells) of().say(process.name, `· ${what}`);
    },
    journal(participant: Participant, event: JournalEvent): void {
      if (of().tells) of().say(participant.process.name, narrate(event));
      of().onEvent(participant, event);
    },
    attemptFailed({ process }: Participant, error: unknown): void {
      const world = of();
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      if (isTenureError(error, 'TOKEN_REGRESSION') && !world.rowLost) {
        const detail = `${process.name} refused a record that never went back: ${message}`;
        world.violations.push({ invariant: 'L1', detail });
      }
      world.coverage.hit(`campaign failed: ${name}`);
      world.say(process.name, `campaign failed: ${message}`);
      // What the error says: this process should end.
      if (isTenureError(error, 'WORK_STUCK')) world.kill(process, name);
    },
    campaignFailed(participant: Participant, error: unknown): void {
      of().attemptFailed(participant, error);
      if (!endsNothing(error)) return;
      const detail = `${participant.process.name} gave its election up: ${error}`;
      of().violations.push({ invariant: 'L8', detail });
    },
  };
}

function population(of: () => World) {
  let started = 0;

  function start({ host, firstNonce }: StartOptions = {}): Participant {
    const world = of();
    const { random, coverage } = world;
    started += 1;
    const name = `p${started}`;
    const drifts = world.plan.has('clock-rates');
    if (drifts) coverage.hit('clock-rates');
    const cold = world.plan.has('cold-candidates');
    const offsetMsMax = cold ? COLD.wallOffsetMsMax : WALL_OFFSET_MS_MAX;
    const process = createProcess(world.schedule, {
      name,
      host: host ?? name,
      rate: drifts ? 1 + random.between(-DRIFT_MAX, DRIFT_MAX) : 1,
      wallOffsetMs: random.between(-offsetMsMax, offsetMsMax),
    });
    const participant = startParticipant(world, process, firstNonce);
    world.participants.push(participant);
    world.say(process.name, host === undefined ? 'started' : `started in place of ${host}`);
    return participant;
  }

  /** A new process takes its place: restarted on the same host. */
  function replace({ host }: SimulatedProcess, withinMs: number): void {
    const { schedule, random } = of();
    schedule.at(schedule.nowMs + random.between(100, withinMs), () => start({ host }));
  }

  return {
    start,
    left(participant: Participant): void {
      of().say(participant.process.name, 'left');
      participant.term = undefined;
      participant.hasLeft = true;
      const { process } = participant;
      // Lives on for long enough to show whether anything of its election does.
      const { schedule, timings } = of();
      schedule.at(schedule.nowMs + LINGERS_LEASES * timings.leaseDurationMs, process.kill);
      replace(process, 2_000);
    },
    kill(process: SimulatedProcess, why: string): void {
      if (!process.alive) return;
      process.kill();
      of().say(process.name, `killed: ${why}`);
      replace(process, 5_000);
    },
  };
}
