/**
 * One run of one seed over a baton: starts candidates, lets things go wrong, and asks the invariants.
 *
 * The twin of `lease/run.ts` for the other protocol: the runtime and `lib/core/baton/machine.ts` on a queue that
 * keeps SQS's rules.
 */
import { oneTermPerToken, tokensNeverFall, type Violation } from '../../judge/invariants.ts';
import { createClockLies } from '../shared/faults/clock-lies.ts';
import { createCoverage, drawFaults, injectFaults } from '../shared/faults/fault-table.ts';
import { victimOf } from '../shared/faults/process-faults.ts';
import { seeded } from '../shared/random.ts';
import { createSchedule } from '../shared/schedule.ts';
import { createProcess, type SimulatedProcess } from '../shared/simulated-process.ts';
import { EVENT_FAULTS, FAULTS } from './faults.ts';
import { type BrokenRules, createSimulatedQueue } from './network.ts';
import { startParticipant } from './participant.ts';
import {
  HEALS_AT_MS,
  LATE_MS_MAX,
  LIMITS,
  type Participant,
  TIMINGS,
  type World,
} from './world.ts';

/** Within so long, a leader that hands over at the very instant of the question is followed. */
const HAND_OVER_MS = 2_000;
/** A few round trips. */
const SLACK_MS = 1_000;
const BOUND_MS = TIMINGS.leaseDurationMs + LIMITS.pollWaitMs + SLACK_MS;
const DUE_MS = HEALS_AT_MS + LATE_MS_MAX + BOUND_MS;
const RUN_MS = DUE_MS + HAND_OVER_MS + 1_000;
const MEAN_GAP_MS = 20_000;
/** Of both clocks, against true time: within the margin of 2 %. */
const DRIFT_MAX = 0.005;
const WALL_OFFSET_MS_MAX = 1e8;
/** For how long a process stays that has ended its program, to show whether anything of it goes on. */
const LINGERS_LEASES = 1.5;

export interface BatonRunOptions {
  readonly seed: number;
  /** Which of SQS's rules are broken, to show which of them the election rests on. */
  readonly broken?: BrokenRules | undefined;
  /** What the queue is asked for. Default: what is believed. */
  readonly visibilityMs?: number | undefined;
}

export interface BatonRunReport {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly terms: number;
  readonly batonsLeft: number;
  readonly coverage: ReadonlyMap<string, number>;
}

export async function simulateBaton(options: BatonRunOptions): Promise<BatonRunReport> {
  const world = createWorld(options);
  const { schedule, random, enabled, coverage, elections } = world;
  for (let n = 0; n < 3; n += 1) schedule.at(random.between(0, 300), () => world.start());
  injectFaults({
    ...{ world, random, schedule, table: EVENT_FAULTS, enabled },
    ...{ healsAtMs: HEALS_AT_MS, meanGapMs: MEAN_GAP_MS },
    victim: () => victimOf(world.participants, random),
    struck: (fault) => coverage.hit(fault),
  });
  schedule.at(HEALS_AT_MS, () => heal(world));
  judgeLiveness(world);
  await schedule.run(RUN_MS);
  return {
    seed: options.seed,
    violations: [...world.violations, ...tokensNeverFall(elections), ...oneTermPerToken(elections)],
    terms: elections.length,
    batonsLeft: world.queue.size(),
    coverage: coverage.counts,
  };
}

function createWorld({ seed, broken, visibilityMs }: BatonRunOptions): World {
  const random = seeded(seed * 2_654_435_761 + 1);
  const schedule = createSchedule();
  const course = {
    now: () => schedule.nowMs,
    unit: random.unit,
    at: (ms: number, run: () => void) => void schedule.at(ms, run),
  };
  let started = 0;
  const replace = (withinMs: number) =>
    schedule.at(schedule.nowMs + random.between(100, withinMs), () => world.start());
  const world: World = {
    ...{ schedule, random, timings: TIMINGS, coverage: createCoverage() },
    queue: createSimulatedQueue(course, broken),
    visibilityMs: visibilityMs ?? TIMINGS.leaseDurationMs,
    enabled: drawFaults(random, FAULTS),
    callFaultRate: random.pick([0.02, 0.08, 0.2]),
    participants: [],
    elections: [],
    violations: [],
    cut: new Set(),
    refusing: new Map(),
    ...createClockLies(schedule, TIMINGS.leaseDurationMs),
    trouble() {},
    start() {
      started += 1;
      const name = `c${started}`;
      const rate = 1 + random.between(-DRIFT_MAX, DRIFT_MAX);
      const wallOffsetMs = random.between(-WALL_OFFSET_MS_MAX, WALL_OFFSET_MS_MAX);
      const process = createProcess(schedule, { name, host: name, rate, wallOffsetMs });
      const participant = startParticipant(world, process);
      world.participants.push(participant);
      return participant;
    },
    kill(process: SimulatedProcess) {
      if (!process.alive) return;
      process.kill();
      replace(5_000);
    },
    left(participant) {
      participant.term = undefined;
      participant.hasLeft = true;
      const { process } = participant;
      schedule.at(schedule.nowMs + LINGERS_LEASES * TIMINGS.leaseDurationMs, process.kill);
      replace(2_000);
    },
  };
  return world;
}

function heal(world: World): void {
  world.cut.clear();
  world.refusing.clear();
  for (const { temper, userCode } of world.participants) {
    userCode.heal();
    temper.healthy = true;
    temper.throws = false;
    temper.ignoresSignalMs = 0;
  }
  // Candidates that lost terms lately may be waiting out a hold-off: this one need not.
  world.start();
}

/**
 * L1: once the last late message has landed, a candidate leads within visibility timeout + one
 * poll.
 */
function judgeLiveness({ schedule, participants, violations }: World): void {
  const probe = () => {
    const leads = ({ process, term }: Participant) =>
      process.alive && (term?.remainingMs() ?? 0) > 0;
    if (participants.some(leads)) return;
    if (schedule.nowMs < DUE_MS + HAND_OVER_MS) {
      schedule.at(schedule.nowMs + 100, probe);
      return;
    }
    const detail = `nobody leads ${BOUND_MS} ms after the last late message`;
    violations.push({ invariant: 'L1', detail });
  };
  schedule.at(DUE_MS, probe);
}
