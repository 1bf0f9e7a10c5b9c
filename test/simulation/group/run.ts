/**
 * One run of one seed: starts a group, lets things go wrong, heals, and asks the invariants.
 *
 * The twin of `lease/run.ts` for groups: `lib/core/group/member/machine.ts` on the rows of
 * `lib/testing/memory-group.ts`, whose conditions the contract compares with DynamoDB's.
 */
import type { Self } from '../../../lib/core/group/member/machine.ts';
import type { MemberEffect } from '../../../lib/core/group/member/traffic.ts';
import { withDefaults } from '../../../lib/core/time/timing.ts';
import type { Violation } from '../../judge/invariants.ts';
import { addFaults, healAll } from './faults.ts';
import { createJudge, unsettled } from './judge.ts';
import { type Participant, startParticipant } from './participant.ts';
import { createWorld, type World } from './world.ts';

export const TIMINGS = withDefaults({ leaseDurationMs: 3_000, drainMs: 700 });
export const FAULTY_MS = 40_000;
/** Late messages, ten leases of unwillingness, an audit or two, and what they come to. */
export const SETTLES_WITHIN_MS = 150_000;

export interface Stage {
  readonly world: World;
  readonly participants: Participant[];
  readonly coverage: Map<string, number>;
  readonly violations: Violation[];
  readonly pinned: Set<number>;
  partitions: number;
  enlist(options?: { readonly spareMs?: number }): Participant;
  hit(fault: string): void;
}

export interface GroupReport {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly coverage: ReadonlyMap<string, number>;
  readonly settledAfterMs: number | undefined;
  readonly elections: number;
  readonly timeline: readonly string[];
}

export function simulateGroup({
  seed,
  tells = false,
}: {
  seed: number;
  tells?: boolean;
}): GroupReport {
  const world = createWorld(seed);
  const timeline: string[] = [];
  if (tells) world.say = (line) => timeline.push(`${world.nowMs.toFixed(1).padStart(9)} ${line}`);
  const { random } = world;
  const stage = createStage(world, { partitions: 1 + Math.floor(random.unit() * 12) });
  const judge = createJudge(stage);
  createGroup(stage);
  const members = 1 + Math.floor(random.unit() * 4);
  for (let n = 0; n < members; n += 1) {
    world.at(random.between(0, n === 0 ? 0 : 3_000), () => stage.enlist());
  }
  addFaults(stage, FAULTY_MS);
  world.runUntil(FAULTY_MS, () => stage.violations.length > 0);
  healAll(stage);
  const healedMs = world.nowMs;
  let settledAfterMs: number | undefined;
  const look = () => {
    if (unsettled(stage) === undefined) settledAfterMs = world.nowMs - healedMs;
    else world.at(world.nowMs + 500, look);
  };
  world.at(healedMs + 500, look);
  const done = () => settledAfterMs !== undefined || stage.violations.length > 0;
  world.runUntil(healedMs + SETTLES_WITHIN_MS, done);
  if (!done()) stage.violations.push({ invariant: 'L1', detail: unsettled(stage) ?? '' });
  const { coverage, violations } = stage;
  return { seed, violations, coverage, settledAfterMs, elections: judge.elections(), timeline };
}

export function createStage(world: World, { partitions }: { partitions: number }): Stage {
  const { random } = world;
  const stage: Stage = {
    world,
    participants: [],
    coverage: new Map(),
    violations: [],
    pinned: new Set(),
    partitions,
    hit(fault) {
      stage.coverage.set(fault, (stage.coverage.get(fault) ?? 0) + 1);
    },
    enlist({ spareMs = 0 } = {}) {
      const name = `p${stage.participants.length + 1}`;
      const self: Self = { timings: TIMINGS, spareMs, capacity: 1, gated: true };
      // A rate within the margin of 2 %, and a wall clock that is minutes off.
      const rate = 0.995 + random.unit() * 0.01;
      const wallOffsetMs = random.chance(0.5)
        ? random.between(-300_000, 300_000)
        : random.between(-20, 20);
      const watchers = {
        effect: (by: Participant, effect: MemberEffect) => watch(stage, by, effect),
      };
      const participant = startParticipant({ name, world, self, rate, wallOffsetMs, watchers });
      stage.participants.push(participant);
      participant.dispatch({ kind: 'join' });
      return participant;
    },
  };
  return stage;
}

const watchersOf = new WeakMap<Stage, (by: Participant, effect: MemberEffect) => void>();

export function onEffect(
  stage: Stage,
  watch: (by: Participant, effect: MemberEffect) => void,
): void {
  watchersOf.set(stage, watch);
}

function watch(stage: Stage, by: Participant, effect: MemberEffect): void {
  watchersOf.get(stage)?.(by, effect);
}

export function createGroup({ world, partitions }: Stage): void {
  const { rows } = world;
  for (let p = 0; p < partitions; p += 1) seedPartition(world, p);
  rows.head = { formatVersion: 1, version: 0, partitions, writtenAtEpochMs: 0 };
}

export function seedPartition({ rows }: World, partition: number): void {
  const revision = `seed ${partition}`;
  const vacant = { partition, token: 0n, revision, leaseDurationMs: 0 };
  rows.records.set(partition, { ...vacant, writtenBy: 'seed' });
}
