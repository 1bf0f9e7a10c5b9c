/**
 * One run of one seed: starts a group, lets things go wrong, heals, and asks the invariants.
 *
 * The twin of `lease/run.ts` for groups: `lib/core/group/member/machine.ts` on the rows of
 * `lib/testing/memory-group.ts`, whose conditions the contract compares with DynamoDB's.
 */
import type { Violation } from '../../judge/invariants.ts';
import { addFaults, healAll } from './faults.ts';
import { createJudge, unsettled } from './judge.ts';
import { createGroup, createStage } from './stage.ts';
import { createWorld } from './world.ts';

export const FAULTY_MS = 40_000;
/** Late messages, ten leases of unwillingness, an audit or two, and what they come to. */
export const SETTLES_WITHIN_MS = 150_000;

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
