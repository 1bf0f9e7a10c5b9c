/**
 * One run of one seed over several Regions: two hours of faults, and half an hour without.
 *
 * Three Regions with candidates, or two and a witness. The candidates, their mechanism and their fenced
 * writes are the package's own; the Regions and the way between them are simulated.
 */
import { oneTermPerToken, tokensNeverFall, type Violation } from '../../judge/invariants.ts';
import { createClockLies } from '../shared/faults/clock-lies.ts';
import { createCoverage, drawFaults, injectFaults } from '../shared/faults/fault-table.ts';
import { victimOf } from '../shared/faults/process-faults.ts';
import { seeded } from '../shared/random.ts';
import { createSchedule } from '../shared/schedule.ts';
import { createProcess, type SimulatedProcess } from '../shared/simulated-process.ts';
import { createResource } from '../table/resource.ts';
import { EVENT_FAULTS, FAULTS } from './faults.ts';
import { createGlobalTable } from './global-table.ts';
import { judgeDeletions, judgeLiveness } from './judge.ts';
import { createNetwork } from './network.ts';
import { startParticipant } from './participant.ts';
import { HEALS_AT_MS, REGION_NAMES, RUN_MS, TIMINGS } from './setting.ts';
import type { Participant, Region, TableConsistency, World } from './world.ts';

/** On average one fault of each kind that a run has, in so long. */
const MEAN_GAP_MS = [4, 10, 25].map((minutes) => minutes * 60_000);
/** Of both clocks, against true time: within the margin of 2 %. */
const DRIFT_MAX = 0.005;
const WALL_OFFSET_MS_MAX = 5_000;
/** How far a replica lags behind: mostly a round trip, at times much more. */
const LAG_MS = { usually: [20, 150], rarely: [500, 8_000] } as const;

export interface RegionsRunOptions {
  readonly seed: number;
  /** Default: strong, as an election needs it. */
  readonly consistency?: TableConsistency | undefined;
  /** Whether to keep the timeline. */
  readonly tells?: boolean | undefined;
}

export interface RegionsRunReport {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly terms: number;
  /** From the loss of the leader's Region until another leads, where nothing else went wrong. */
  readonly failOversMs: readonly number[];
  /** Rows in the election's partition at the end. */
  readonly rows: number;
  readonly coverage: ReadonlyMap<string, number>;
  readonly timeline: readonly string[];
}

export async function simulateRegions(options: RegionsRunOptions): Promise<RegionsRunReport> {
  const timeline: string[] = [];
  const world = createWorld(options, (line) => void timeline.push(line));
  const { schedule, random, enabled, coverage, regions, elections } = world;
  for (const region of regions.filter(({ isWitness }) => !isWitness)) {
    const candidates = region === regions[0] ? random.pick([1, 2]) : 1;
    for (let n = 0; n < candidates; n += 1) {
      schedule.at(random.between(0, 300), () => world.start(region));
    }
  }
  judgeLiveness(world);
  injectFaults({
    ...{ world, random, schedule, table: EVENT_FAULTS, enabled, healsAtMs: HEALS_AT_MS },
    meanGapMs: random.pick(MEAN_GAP_MS),
    victim: () => victimOf(world.participants, random),
    struck(fault) {
      coverage.hit(fault);
      world.lastTroubleMs = schedule.nowMs;
    },
  });
  await schedule.run(RUN_MS);
  const { admissions } = world.resource;
  const violations = [
    ...world.violations,
    ...tokensNeverFall(elections),
    ...oneTermPerToken(elections),
    ...tokensNeverFall(admissions),
  ];
  return {
    seed: options.seed,
    violations,
    terms: elections.length,
    failOversMs: world.failOversMs,
    rows: world.rows.size,
    coverage: coverage.counts,
    timeline,
  };
}

interface CountedWorld extends World {
  /** Keys of the rows that there are. */
  readonly rows: ReadonlySet<string>;
}

function createWorld(options: RegionsRunOptions, tell: (line: string) => void): CountedWorld {
  const random = seeded(options.seed * 2_654_435_761 + 1);
  const schedule = createSchedule();
  const coverage = createCoverage();
  const hasWitness = random.chance(0.5);
  if (hasWitness) coverage.hit('a witness');
  const regions: readonly Region[] = REGION_NAMES.map((name, index) => ({
    ...{ name, isWitness: hasWitness && index === 2, cuts: 0, outages: 0, cutFrom: new Set() },
  }));
  const rows = new Set<string>();
  const judged = judgeDeletions(() => world);
  const table = createGlobalTable({
    ...{ schedule, regions, consistency: options.consistency ?? 'strong' },
    lagMs() {
      const [from, to] = random.chance(0.95) ? LAG_MS.usually : LAG_MS.rarely;
      return random.between(from, to);
    },
    changed(change) {
      if (change.after === undefined) rows.delete(change.key);
      else rows.add(change.key);
      judged(change);
    },
  });
  const world: CountedWorld = {
    ...{ schedule, random, coverage, regions, table, rows, timings: TIMINGS },
    network: createNetwork(() => world),
    resource: createResource(table.facade, 'resource'),
    enabled: drawFaults(random, FAULTS),
    callFaultRate: random.pick([0, 0.002, 0.02]),
    slowness: 1,
    participants: [],
    elections: [],
    violations: [],
    record: undefined,
    lastTroubleMs: 0,
    failOversMs: [],
    leaderLostAtMs: undefined,
    say(who, what) {
      if (options.tells) tell(`${(schedule.nowMs / 1_000).toFixed(3).padStart(9)} ${who} ${what}`);
    },
    ...createClockLies(schedule, TIMINGS.leaseDurationMs),
    ...population(() => world),
  };
  return world;
}

function population(of: () => World) {
  let started = 0;
  const troubled = () => {
    of().lastTroubleMs = of().schedule.nowMs;
  };

  /** Another takes its place in the same Region. */
  function replace(region: Region, withinMs: number): void {
    const { schedule, random } = of();
    schedule.at(schedule.nowMs + random.between(1_000, withinMs), () => of().start(region));
  }

  const regionOf = (process: SimulatedProcess) =>
    of().participants.find((one) => one.process === process)?.region as Region;

  return {
    start(region: Region): void {
      const world = of();
      const { random, schedule } = world;
      started += 1;
      const name = `p${started}`;
      const rate = 1 + random.between(-DRIFT_MAX, DRIFT_MAX);
      const wallOffsetMs = random.between(-WALL_OFFSET_MS_MAX, WALL_OFFSET_MS_MAX);
      const process = createProcess(schedule, { name, host: region.name, rate, wallOffsetMs });
      troubled();
      world.say(name, `started in ${region.name}`);
      world.participants.push(startParticipant(world, process, region));
    },
    left({ process, region }: Participant): void {
      process.kill();
      replace(region, 20_000);
    },
    kill(process: SimulatedProcess, why: string): void {
      if (!process.alive) return;
      process.kill();
      of().say(process.name, why);
      troubled();
      replace(regionOf(process), 60_000);
    },
    trouble: troubled,
  };
}
