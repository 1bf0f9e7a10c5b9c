/** What every part of a run uses: the world, its processes, and what was seen of them. */
import type { Self } from '../../../lib/core/group/member/machine.ts';
import type { MemberEffect } from '../../../lib/core/group/member/traffic.ts';
import { withDefaults } from '../../../lib/core/time/timing.ts';
import type { Violation } from '../../judge/invariants.ts';
import { type Participant, startParticipant } from './participant.ts';
import type { World } from './world.ts';

export const TIMINGS = withDefaults({ leaseDurationMs: 3_000, drainMs: 700 });

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
