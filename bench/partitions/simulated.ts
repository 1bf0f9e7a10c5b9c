/**
 * A group in the simulator: the real member's machine in virtual time. Requests take 2 to 10 ms each way,
 * clocks are right to 20 ms and run at rates that differ by a ten-thousandth, and nothing fails.
 */
import { PRICES } from '../../lib/cli/planning/prices.ts';
import type { MemberEffect } from '../../lib/core/group/member/traffic.ts';
import type { GroupRead } from '../../lib/core/group/writes.ts';
import { withDefaults } from '../../lib/core/time/timing.ts';
import { type Participant, startParticipant } from '../../test/simulation/group/participant.ts';
import { seedPartition } from '../../test/simulation/group/stage.ts';
import { createWorld, type World } from '../../test/simulation/group/world.ts';
import type { Stage, StageMember } from './drill.ts';

const SEED = 1;
/** Members that start together begin within so long. */
const TOGETHER_MS = 1_000;
const ROW_BYTES = 350;

interface Hall {
  readonly world: World;
  readonly partitions: number;
  /** Each with what it says of itself to the drill. */
  readonly members: Map<Participant, StageMember>;
  /** When each partition was left without a leader. */
  readonly overAtMs: Map<number, number>;
  readonly leavers: Set<Participant>;
  gapsMs: number[];
  elections: number;
  lapses: number;
  dollars: number;
}

export function openSimulatedGroup(partitions: number): Stage {
  const world = createWorld(SEED);
  for (let p = 0; p < partitions; p += 1) seedPartition(world, p);
  world.rows.head = { formatVersion: 1, version: 0, partitions, writtenAtEpochMs: 0 };
  const hall: Hall = {
    ...{ world, partitions, members: new Map(), overAtMs: new Map(), leavers: new Set() },
    ...{ gapsMs: [], elections: 0, lapses: 0, dollars: 0 },
  };
  const run = (ms: number) => world.runUntil(world.nowMs + ms, () => false);
  let entered = 0;
  return {
    partitions,
    async enter({ members, spareMs = 0 }) {
      for (let n = 0; n < members; n += 1) {
        entered += 1;
        const name = `p${entered}`;
        const delayMs = members === 1 ? 0 : world.random.between(0, TOGETHER_MS);
        world.at(world.nowMs + delayMs, () => enter(hall, name, spareMs));
      }
      run(members === 1 ? 0 : TOGETHER_MS);
    },
    get members() {
      return [...hall.members.values()];
    },
    nowMs: () => world.nowMs,
    async rest(ms) {
      run(ms);
    },
    get counts() {
      const requests = [...world.requests.values()].reduce((sum, count) => sum + count, 0);
      const { elections, lapses, dollars } = hall;
      return { elections, requests, lapses, dollars };
    },
    takeGapsMs() {
      const taken = hall.gapsMs;
      hall.gapsMs = [];
      return taken;
    },
  };
}

function enter(hall: Hall, name: string, spareMs: number): void {
  const { world, members, leavers } = hall;
  const self = { timings: withDefaults({}), spareMs, capacity: 1, gated: false };
  const rate = world.random.between(0.9999, 1.0001);
  const wallOffsetMs = world.random.between(-20, 20);
  const watchers = { effect: (by: Participant, effect: MemberEffect) => see(hall, by, effect) };
  const participant = startParticipant({ name, world, self, rate, wallOffsetMs, watchers });
  members.set(participant, {
    get share() {
      return [...participant.state.terms.values()].filter(({ over }) => !over).length;
    },
    leave() {
      leavers.add(participant);
      participant.dispatch({ kind: 'leave' });
    },
    kill() {
      participant.process.kill();
      members.delete(participant);
    },
  });
  participant.dispatch({ kind: 'join' });
}

function see(hall: Hall, by: Participant, effect: MemberEffect): void {
  const { world, overAtMs } = hall;
  const price = PRICES.dollarsPerMillion;
  switch (effect.kind) {
    case 'elected': {
      const sinceMs = overAtMs.get(effect.partition);
      if (sinceMs !== undefined) hall.gapsMs.push(world.nowMs - sinceMs);
      overAtMs.delete(effect.partition);
      hall.elections += 1;
      return;
    }
    case 'over':
      overAtMs.set(effect.partition, world.nowMs);
      return;
    case 'left':
      hall.members.delete(by);
      return;
    case 'note':
      if (effect.note.kind === 'parted' && !hall.leavers.has(by)) hall.lapses += 1;
      return;
    case 'read':
      hall.dollars += (readUnitsOf(hall, effect.read) * price.readUnits) / 1e6;
      return;
    case 'write': {
      const bytes = effect.write.kind === 'write-body' ? bodyBytes(hall) : ROW_BYTES;
      hall.dollars += (Math.ceil(bytes / 1_024) * price.writeUnits) / 1e6;
      return;
    }
    case 'write-records':
      hall.dollars += (effect.writes.length * price.writeUnits) / 1e6;
      return;
    default:
      return;
  }
}

/** 2 bytes an owner, and 40 a member: its id and what DynamoDB adds to each element of a list. */
function bodyBytes({ partitions, members }: Hall): number {
  return 2 * partitions + 40 * members.size;
}

function readUnitsOf(hall: Hall, read: GroupRead): number {
  switch (read.kind) {
    case 'head':
    case 'member':
      return read.strong ? 1 : 0.5;
    case 'body':
      return Math.ceil(bodyBytes(hall) / 4_096);
    case 'roster':
      return Math.ceil((hall.world.rows.members.size * ROW_BYTES) / 4_096);
    case 'records':
      return read.partitions.length;
  }
}
