/**
 * The faults of a run over several Regions: of a Region, of the links between two, of a process. Those of
 * one call are the same as in every other simulation.
 */
import { CALL_FAULTS } from '../shared/faults/call-faults.ts';
import type { EventTable, FaultEntry } from '../shared/faults/fault-table.ts';
import { PROCESS_FAULTS } from '../shared/faults/process-faults.ts';
import { regionIsLost } from './judge.ts';
import type { Participant, Region, World } from './world.ts';

const MINUTE_MS = 60_000;

/** Home more often than not: its loss shows most. */
function regionOf({ regions, random }: World): Region {
  return random.chance(0.5) ? (regions[0] as Region) : random.pick(regions);
}

/** Begins a fault of the world, and ends it after its time. */
function lasting(
  world: World,
  { forMs, begin, end }: { forMs: number; begin: () => void; end: () => void },
): true {
  const { schedule } = world;
  begin();
  schedule.at(schedule.nowMs + forMs, () => {
    end();
    world.lastTroubleMs = schedule.nowMs;
  });
  return true;
}

function takeAway(world: World, forMs: number): true {
  const { random, participants, kill } = world;
  const region = regionOf(world);
  world.say(region.name, `gone for ${(forMs / 1_000).toFixed(0)} s`);
  regionIsLost(world, region);
  // Its power fails, or only its network.
  if (random.chance(0.5)) {
    for (const { process } of participants.filter((one) => one.region === region)) {
      kill(process, 'its Region is gone');
    }
  }
  return lasting(world, {
    forMs,
    begin: () => {
      region.outages += 1;
    },
    end: () => {
      region.outages -= 1;
      world.say(region.name, 'back');
    },
  });
}

const OF_REGIONS = {
  'region-cut-off': {
    strike(world, _, leftMs) {
      const region = regionOf(world);
      const forMs = Math.min(world.random.between(3_000, 10 * MINUTE_MS), leftMs);
      world.say(region.name, `cut off for ${(forMs / 1_000).toFixed(0)} s`);
      regionIsLost(world, region);
      return lasting(world, {
        forMs,
        begin: () => {
          region.cuts += 1;
        },
        end: () => {
          region.cuts -= 1;
          world.say(region.name, 'reconnected');
        },
      });
    },
  },
  'region-gone': {
    strike: (world, _, leftMs) =>
      takeAway(world, Math.min(world.random.between(10_000, 15 * MINUTE_MS), leftMs)),
  },
  'region-gone-for-hours': {
    inRuns: 0.2,
    strike: (world, _, leftMs) =>
      takeAway(world, Math.min(world.random.between(60 * MINUTE_MS, 110 * MINUTE_MS), leftMs)),
  },
  'link-cut': {
    strike(world, _, leftMs) {
      const { random, regions } = world;
      const one = random.pick(regions);
      const other = random.pick(regions.filter((region) => region !== one));
      if (one.cutFrom.has(other)) return false;
      const forMs = Math.min(random.between(3_000, 10 * MINUTE_MS), leftMs);
      world.say(one.name, `does not reach ${other.name} for ${(forMs / 1_000).toFixed(0)} s`);
      return lasting(world, {
        forMs,
        begin() {
          one.cutFrom.add(other);
          other.cutFrom.add(one);
        },
        end() {
          one.cutFrom.delete(other);
          other.cutFrom.delete(one);
        },
      });
    },
  },
  'links-slow': {
    strike(world, _, leftMs) {
      if (world.slowness > 1) return false;
      const forMs = Math.min(world.random.between(3_000, 5 * MINUTE_MS), leftMs);
      return lasting(world, {
        forMs,
        begin: () => {
          world.slowness = world.random.between(1.5, 6);
        },
        end: () => {
          world.slowness = 1;
        },
      });
    },
  },
} as const satisfies EventTable<World, Participant>;

/** Of a process: work and callbacks of a user are the lease's own simulation's. */
const OF_PROCESSES = [
  'killed',
  'paused-beyond-lease',
  'frozen-beyond-lease',
  'wall-clock-forward',
  'wall-clock-back',
  'sigterm',
] as const;

export const EVENT_FAULTS: EventTable<World, Participant> = {
  ...OF_REGIONS,
  ...Object.fromEntries(OF_PROCESSES.map((name) => [name, PROCESS_FAULTS[name]])),
};

export const FAULTS: Readonly<Record<string, FaultEntry>> = {
  ...Object.fromEntries(
    Object.entries(CALL_FAULTS).filter(
      ([, { kills, answer }]) => kills === undefined && answer !== 'stale',
    ),
  ),
  ...EVENT_FAULTS,
};
