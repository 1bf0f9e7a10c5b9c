/**
 * What goes wrong in a run, and whom it strikes: one entry a fault; all of it ends at the healing.
 */
import { nextPlan } from '../../../lib/core/group/plan/next-plan.ts';
import { drawFaults, type EventTable, injectFaults } from '../shared/faults/fault-table.ts';
import type { Participant } from './participant.ts';
import { reseed } from './reseeding.ts';
import { type Stage, seedPartition, TIMINGS } from './stage.ts';
import { RECORD_KEYS } from './world.ts';

export const FAULTS: EventTable<Stage, Participant> = {
  killed: {
    strike: (stage, { process }) => {
      process.kill();
      stage.enlist();
      return true;
    },
  },
  'killed and stopped by the platform': {
    strike: (stage, victim) => {
      victim.process.kill();
      endRow(stage, memberIdOf(victim), 0);
      stage.enlist();
      return true;
    },
  },
  'killed, nobody follows': {
    strike: ({ participants }, { process }) => {
      if (participants.filter((one) => one.process.alive && !one.left).length < 2) return false;
      process.kill();
      return true;
    },
  },
  terminated: {
    strike: (stage, victim) => {
      victim.dispatch({ kind: 'leave' });
      stage.enlist();
      return true;
    },
  },
  'replaced by a spare': {
    strike: (stage, victim) => {
      stage.enlist({ spareMs: 15_000 });
      stage.world.at(stage.world.nowMs + 2_000, () => victim.dispatch({ kind: 'leave' }));
      return true;
    },
  },
  joined: {
    strike: (stage) => {
      if (stage.participants.filter(({ process }) => process.alive).length > 6) return false;
      stage.enlist();
      return true;
    },
  },
  'frozen, its clock going on': {
    strike: (_, { process }, forMs) => {
      process.freeze({ durationMs: forMs, stopsMonotonic: false });
      return true;
    },
  },
  'frozen, its clock standing still': {
    strike: (_, { process }, forMs) => {
      process.freeze({ durationMs: forMs, stopsMonotonic: true });
      return true;
    },
  },
  'wall clock forward': {
    strike: ({ world }, { process }) => {
      process.jumpWallClock(world.random.between(100, 10_000));
      return true;
    },
  },
  'cut off': {
    strike: ({ world }, { process }, forMs) => {
      world.trouble.cut.add(process);
      world.at(world.nowMs + forMs, () => world.trouble.cut.delete(process));
      return true;
    },
  },
  'answers cut': {
    strike: ({ world }, { process }, forMs) => {
      world.trouble.answersCut.add(process);
      world.at(world.nowMs + forMs, () => world.trouble.answersCut.delete(process));
      return true;
    },
  },
  'store gone': {
    strike: ({ world }, _, forMs) => {
      world.trouble.outage = true;
      world.at(world.nowMs + forMs, () => {
        world.trouble.outage = false;
      });
      return true;
    },
  },
  'one key throttled': {
    strike: ({ world }, _, forMs) => {
      const key = Math.floor(world.random.unit() * RECORD_KEYS);
      world.trouble.throttled.add(key);
      world.at(world.nowMs + forMs, () => world.trouble.throttled.delete(key));
      return true;
    },
  },
  unhealthy: {
    strike: ({ world }, { temper }, forMs) => {
      temper.healthy = false;
      world.at(world.nowMs + forMs, () => {
        temper.healthy = true;
      });
      return true;
    },
  },
  'one partition ails': {
    strike: ({ world, partitions }, { temper }, forMs) => {
      const partition = Math.floor(world.random.unit() * partitions);
      temper.ailing.add(partition);
      world.at(world.nowMs + forMs, () => temper.ailing.delete(partition));
      return true;
    },
  },
  'work stuck': {
    strike: ({ world }, { temper }, forMs) => {
      temper.settlesWithinMs = 8_000;
      world.at(world.nowMs + forMs, () => {
        temper.settlesWithinMs = 50;
      });
      return true;
    },
  },
  'work returned': {
    strike: (_, victim) => {
      const [first] = victim.working;
      if (first === undefined) return false;
      const [partition, token] = first;
      victim.dispatch({ kind: 'settled', partition, token });
      return true;
    },
  },
  'asked to leave': {
    strike: (stage, victim) => {
      const row = rowOf(stage, victim);
      if (row === undefined || row.state === 'gone') return false;
      stage.world.rows.members.set(row.memberId, { ...row, request: 'leave' });
      return true;
    },
  },
  'deposed by an operator, who waits': {
    strike: (stage, victim) => endRow(stage, memberIdOf(victim), TIMINGS.leaseDurationMs),
  },
  'row deleted': {
    strike: ({ world }, victim) => world.rows.members.delete(memberIdOf(victim) ?? ''),
  },
  'rows of the gone expired': {
    strike: ({ world }) => {
      const gone = [...world.rows.members.values()].filter(({ state }) => state === 'gone');
      for (const { memberId } of gone) world.rows.members.delete(memberId);
      return gone.length > 0;
    },
  },
  'body lost': {
    strike: ({ world }) => world.rows.bodies.delete(world.rows.head?.body ?? ''),
  },
  'partitions raised': {
    strike: (stage) => {
      const { rows } = stage.world;
      if (rows.head === undefined || stage.partitions > 20) return false;
      for (let p = stage.partitions; p < stage.partitions + 3; p += 1)
        seedPartition(stage.world, p);
      stage.partitions += 3;
      // A plan's write does this too: a planner that read the head before must not lower the number
      // again.
      rows.head = { ...rows.head, version: rows.head.version + 1, partitions: stage.partitions };
      return true;
    },
  },
  'record reseeded': { strike: (stage) => reseed(stage, { isLost: false }) },
  'record deleted and reseeded': { strike: (stage) => reseed(stage, { isLost: true }) },
  pinned: {
    strike: (stage, victim, forMs) => {
      const memberId = memberIdOf(victim);
      const { rows, random } = stage.world;
      const plan = rows.bodies.get(rows.head?.body ?? '');
      if (plan === undefined || rows.head === undefined || memberId === undefined) return false;
      const partition = Math.floor(random.unit() * stage.partitions);
      const untilEpochMs = victim.process.clock.now().epochMs + forMs;
      const pins = [...plan.pins, { partition, memberId, untilEpochMs }];
      const members = [...rows.members.values()].filter(({ state }) => state !== 'gone');
      const previous = { ...plan, pins };
      const nowEpochMs = untilEpochMs - forMs;
      const body = `operator ${stage.world.nowMs}`;
      const { partitions } = rows.head;
      rows.bodies.set(body, nextPlan({ partitions, previous, rows: members, nowEpochMs }));
      rows.head = {
        ...rows.head,
        version: rows.head.version + 1,
        body,
        writtenAtEpochMs: nowEpochMs,
      };
      return true;
    },
  },
};

const MEAN_GAP_MS = 12_000;

export function addFaults(stage: Stage, healsAtMs: number): void {
  const { world } = stage;
  const { random } = world;
  world.trouble.callFaultRate = random.pick([0, 0.01, 0.05, 0.2]);
  injectFaults({
    ...{ world: stage, schedule: world, random, table: FAULTS, healsAtMs },
    ...{ enabled: drawFaults(random, FAULTS), meanGapMs: MEAN_GAP_MS },
    victim: () => victimOf(stage),
    lastsMs: () => random.between(50, 3 * TIMINGS.leaseDurationMs),
    struck(fault, victim) {
      world.say?.(`${victim.name} FAULT ${fault}`);
      stage.hit(fault);
    },
  });
}

export function healAll(stage: Stage): void {
  const { world, participants } = stage;
  const { trouble } = world;
  trouble.callFaultRate = 0;
  trouble.outage = false;
  for (const set of [trouble.throttled, trouble.cut, trouble.answersCut]) set.clear();
  for (const { temper } of participants) {
    temper.healthy = true;
    temper.ailing.clear();
    temper.settlesWithinMs = 50;
  }
  const alive = participants.filter(({ process, left }) => process.alive && !left);
  if (alive.length === 0) stage.enlist();
  world.say?.('HEALED');
}

function victimOf({ participants, world }: Stage): Participant | undefined {
  const alive = participants.filter(
    ({ process, left }) => process.alive && !process.frozen && !left,
  );
  return alive.length === 0 ? undefined : world.random.pick(alive);
}

export function memberIdOf({ state }: Participant): string | undefined {
  return state.membership.kind === 'inside' ? state.membership.memberId : undefined;
}

function rowOf({ world }: Stage, victim: Participant) {
  return world.rows.members.get(memberIdOf(victim) ?? '');
}

function endRow({ world }: Stage, memberId: string | undefined, closedMs: number): boolean {
  const row = world.rows.members.get(memberId ?? '');
  if (row === undefined || row.state === 'gone') return false;
  const revision = `operator ${world.nowMs}`;
  world.rows.members.set(row.memberId, { ...row, state: 'gone', revision, closedMs });
  return true;
}
