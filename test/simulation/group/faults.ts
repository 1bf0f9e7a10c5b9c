/**
 * What goes wrong in a run, when, and to whom; all of it ends at the healing.
 */
import { nextPlan } from '../../../lib/core/group/plan/next-plan.ts';
import type { Participant } from './participant.ts';
import { type Stage, seedPartition, TIMINGS } from './stage.ts';
import { RECORD_KEYS } from './world.ts';

type Strike = (stage: Stage, victim: Participant, forMs: number) => boolean | undefined;

/** By name; a strike that could not be done returns `false`. */
export const STRIKES: Readonly<Record<string, Strike>> = {
  killed: (stage, { process }) => {
    process.kill();
    stage.enlist();
    return true;
  },
  'killed and stopped by the platform': (stage, victim) => {
    victim.process.kill();
    endRow(stage, memberIdOf(victim), 0);
    stage.enlist();
    return true;
  },
  'killed, nobody follows': ({ participants }, { process }) => {
    if (participants.filter((one) => one.process.alive && !one.left).length < 2) return false;
    process.kill();
    return true;
  },
  terminated: (stage, victim) => {
    victim.dispatch({ kind: 'leave' });
    stage.enlist();
    return true;
  },
  'replaced by a spare': (stage, victim) => {
    stage.enlist({ spareMs: 15_000 });
    stage.world.at(stage.world.nowMs + 2_000, () => victim.dispatch({ kind: 'leave' }));
    return true;
  },
  joined: (stage) => {
    if (stage.participants.filter(({ process }) => process.alive).length > 6) return false;
    stage.enlist();
    return true;
  },
  'frozen, its clock going on': (_, { process }, forMs) => {
    process.freeze({ durationMs: forMs, stopsMonotonic: false });
    return true;
  },
  'frozen, its clock standing still': (_, { process }, forMs) => {
    process.freeze({ durationMs: forMs, stopsMonotonic: true });
    return true;
  },
  'wall clock forward': ({ world }, { process }) => {
    process.jumpWallClock(world.random.between(100, 10_000));
    return true;
  },
  'cut off': ({ world }, { process }, forMs) => {
    world.trouble.cut.add(process);
    world.at(world.nowMs + forMs, () => world.trouble.cut.delete(process));
    return true;
  },
  'answers cut': ({ world }, { process }, forMs) => {
    world.trouble.answersCut.add(process);
    world.at(world.nowMs + forMs, () => world.trouble.answersCut.delete(process));
    return true;
  },
  'store gone': ({ world }, _, forMs) => {
    world.trouble.outage = true;
    world.at(world.nowMs + forMs, () => {
      world.trouble.outage = false;
    });
    return true;
  },
  'one key throttled': ({ world }, _, forMs) => {
    const key = Math.floor(world.random.unit() * RECORD_KEYS);
    world.trouble.throttled.add(key);
    world.at(world.nowMs + forMs, () => world.trouble.throttled.delete(key));
    return true;
  },
  unhealthy: ({ world }, { temper }, forMs) => {
    temper.healthy = false;
    world.at(world.nowMs + forMs, () => {
      temper.healthy = true;
    });
    return true;
  },
  'one partition ails': ({ world, partitions }, { temper }, forMs) => {
    const partition = Math.floor(world.random.unit() * partitions);
    temper.ailing.add(partition);
    world.at(world.nowMs + forMs, () => temper.ailing.delete(partition));
    return true;
  },
  'work stuck': ({ world }, { temper }, forMs) => {
    temper.settlesWithinMs = 8_000;
    world.at(world.nowMs + forMs, () => {
      temper.settlesWithinMs = 50;
    });
    return true;
  },
  'work returned': (_, victim) => {
    const [first] = victim.working;
    if (first === undefined) return false;
    const [partition, token] = first;
    victim.dispatch({ kind: 'settled', partition, token });
    return true;
  },
  'asked to leave': (stage, victim) => {
    const row = rowOf(stage, victim);
    if (row === undefined || row.state === 'gone') return false;
    stage.world.rows.members.set(row.memberId, { ...row, request: 'leave' });
    return true;
  },
  'deposed by an operator, who waits': (stage, victim) =>
    endRow(stage, memberIdOf(victim), TIMINGS.leaseDurationMs),
  'row deleted': ({ world }, victim) => world.rows.members.delete(memberIdOf(victim) ?? ''),
  'rows of the gone expired': ({ world }) => {
    const gone = [...world.rows.members.values()].filter(({ state }) => state === 'gone');
    for (const { memberId } of gone) world.rows.members.delete(memberId);
    return gone.length > 0;
  },
  'body lost': ({ world }) => world.rows.bodies.delete(world.rows.head?.body ?? ''),
  'partitions raised': (stage) => {
    const { rows } = stage.world;
    if (rows.head === undefined || stage.partitions > 20) return false;
    for (let p = stage.partitions; p < stage.partitions + 3; p += 1) seedPartition(stage.world, p);
    stage.partitions += 3;
    // As the write of a plan does: a planner that read the head before must not lower it again.
    rows.head = { ...rows.head, version: rows.head.version + 1, partitions: stage.partitions };
    return true;
  },
  pinned: (stage, victim, forMs) => {
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
};

/** On average one fault of each enabled kind in this many milliseconds. */
const MEAN_GAP_MS = 12_000;

export function addFaults(stage: Stage, healsAtMs: number): void {
  const { world } = stage;
  const { random } = world;
  world.trouble.callFaultRate = random.pick([0, 0.01, 0.05, 0.2]);
  const enabled = Object.entries(STRIKES).filter(() => random.chance(0.25));
  for (const [name, strike] of enabled) {
    const next = (): void => {
      const atMs = world.nowMs + random.between(0.2, 1.8) * MEAN_GAP_MS;
      if (atMs >= healsAtMs) return;
      world.at(atMs, () => {
        const forMs = Math.min(random.between(50, 3 * TIMINGS.leaseDurationMs), healsAtMs - atMs);
        const victim = victimOf(stage);
        if (victim !== undefined && strike(stage, victim, forMs) !== false) {
          world.say(`${victim.name} FAULT ${name}`);
          stage.hit(name);
        }
        next();
      });
    };
    next();
  }
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
  world.say('HEALED');
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
