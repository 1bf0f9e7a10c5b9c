/**
 * Puts a run's faults on the schedule: when, to whom, for how long. All of it ends at the healing.
 */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseStore } from '../../../lib/dynamodb/election/lease-store.ts';
import { MISCHIEFS, type Mischief } from '../shared/user-code.ts';
import { ACCOUNT_ERRORS, EVENT_FAULTS, type Fault } from './faults.ts';
import { ELECTION } from './setting.ts';
import { LEASE_KEY } from './storage.ts';
import type { Participant, World } from './world.ts';

/** On average one fault of each enabled kind in this many milliseconds. */
const MEAN_GAP_MS = 7_000;

export function injectFaults(world: World, healsAtMs: number): void {
  const { schedule, random, plan } = world;
  for (const fault of EVENT_FAULTS) {
    if (!plan.enabled.has(fault)) continue;
    const next = (): void => {
      const atMs = schedule.nowMs + random.between(0.2, 1.8) * MEAN_GAP_MS;
      if (atMs >= healsAtMs) return;
      schedule.at(atMs, () => {
        strike(world, fault, healsAtMs - schedule.nowMs);
        next();
      });
    };
    next();
  }
  for (const fault of ['row-deleted', 'row-restored'] as const) {
    if (plan.enabled.has(fault)) {
      schedule.at(random.between(8_000, 20_000), () => loseRow(world, fault));
    }
  }
  schedule.at(healsAtMs, () => heal(world));
}

function strike(world: World, fault: Fault, leftMs: number): void {
  const victim = victimOf(world);
  if (victim === undefined) return;
  const hit = apply(world, fault, victim, leftMs);
  if (!hit) return;
  world.coverage.hit(fault);
  world.trouble(victim.process, fault);
}

/** The leader, more often than not: that is where it hurts. */
function victimOf({ participants, random }: World): Participant | undefined {
  const alive = participants.filter(({ process }) => process.alive && !process.frozen);
  const leading = alive.filter(({ term }) => term !== undefined && !term.signal.aborted);
  if (leading.length > 0 && random.chance(0.7)) return random.pick(leading);
  return alive.length > 0 ? random.pick(alive) : undefined;
}

/** Whether it could be done. */
function apply(world: World, fault: Fault, victim: Participant, leftMs: number): boolean {
  const stopped = stop(world, fault, victim, leftMs);
  if (stopped !== undefined) return stopped;
  const cutOff = cut(world, fault, victim, leftMs);
  if (cutOff !== undefined) return cutOff;
  const { random, timings, schedule } = world;
  const { process, temper } = victim;
  if ((MISCHIEFS as readonly string[]).includes(fault)) {
    victim.userCode.strike(fault as Mischief);
    return true;
  }
  switch (fault) {
    case 'killed':
      world.kill(process, fault);
      return true;
    case 'half-open':
      return halfOpen(world, victim);
    case 'outage':
      return outage(world, Math.min(random.between(500, 2 * timings.leaseDurationMs), leftMs));
    case 'sigterm':
      victim.terminate();
      return true;
    case 'sigterm-killed-early':
      victim.terminate();
      schedule.at(schedule.nowMs + random.between(0, 30), () => world.kill(process, fault));
      return true;
    case 'asked-to-resign':
    case 'deposed-by-operator':
      return operate(world, fault);
    case 'unhealthy':
      temper.healthy = false;
      schedule.at(schedule.nowMs + Math.min(random.between(500, 4_000), leftMs), () => {
        temper.healthy = true;
      });
      return true;
    case 'work-ignores-signal':
      temper.ignoresSignalMs = random.between(100, 3_000);
      return true;
    case 'work-throws':
      temper.throws = true;
      schedule.at(schedule.nowMs + Math.min(random.between(300, 3_000), leftMs), () => {
        temper.throws = false;
      });
      return true;
    default:
      throw new Error(`${fault} is no event of a process`);
  }
}

/** Processes that stand still, and clocks that do not go on as they should. */
function stop(
  world: World,
  fault: Fault,
  { process, term }: Participant,
  leftMs: number,
): boolean | undefined {
  const { random, schedule } = world;
  const lease = world.timings.leaseDurationMs;
  const freeze = (fromMs: number, toMs: number, stopsMonotonic: boolean) => {
    const durationMs = Math.min(random.between(fromMs, toMs), leftMs);
    process.freeze({ durationMs, stopsMonotonic });
    if (stopsMonotonic) world.clocksLie(process, 'monotonic stood still');
    schedule.at(schedule.nowMs + durationMs, () => world.trouble(process, 'thawed'));
    return true;
  };
  switch (fault) {
    case 'paused-briefly':
      return freeze(50, lease / 2, false);
    case 'work-blocks':
      return term !== undefined && freeze(50, lease, false);
    case 'paused-beyond-lease':
      return freeze(lease, 3 * lease, false);
    case 'frozen-briefly':
      return freeze(50, lease / 2, true);
    case 'frozen-beyond-lease':
      return freeze(lease, 3 * lease, true);
    case 'wall-clock-forward':
      process.jumpWallClock(random.between(100, 3 * lease));
      return true;
    case 'wall-clock-back':
      process.jumpWallClock(-random.between(100, 3 * lease));
      world.clocksLie(process, 'wall went back');
      return true;
    default:
      return undefined;
  }
}

/** Partitions, both ways and one way. */
function cut(
  world: World,
  fault: Fault,
  { process }: Participant,
  leftMs: number,
): boolean | undefined {
  const { links, random, schedule, timings } = world;
  const directions: Partial<Record<Fault, readonly Set<typeof process>[]>> = {
    'cut-from-store': [links.requestsCut, links.answersCut],
    'requests-cut': [links.requestsCut],
    'answers-cut': [links.answersCut],
    'cut-from-resource': [links.resourceCut],
  };
  const forMs = Math.min(random.between(200, 2 * timings.leaseDurationMs), leftMs);
  if (fault === 'account-refuses') {
    links.refusing.set(process, random.pick(ACCOUNT_ERRORS));
    schedule.at(schedule.nowMs + forMs, () => links.refusing.delete(process));
    return true;
  }
  const sets = directions[fault];
  if (sets === undefined) return undefined;
  for (const set of sets) set.add(process);
  schedule.at(schedule.nowMs + forMs, () => {
    for (const set of sets) set.delete(process);
    world.trouble(process, 'reconnected');
  });
  return true;
}

/**
 * The other end of its connections is gone and nobody says so: whatever it sends to the store vanishes
 * for as long as it lives. One in a run, else nobody would be left.
 */
function halfOpen({ links }: World, { process }: Participant): boolean {
  if (links.halfOpen.size > 0) return false;
  links.halfOpen.add(process);
  return true;
}

function outage(world: World, durationMs: number): boolean {
  if (world.links.outage) return false;
  world.links.outage = true;
  world.schedule.at(world.schedule.nowMs + durationMs, () => {
    world.links.outage = false;
    for (const { process } of world.participants) world.trouble(process, 'the store is back');
  });
  return true;
}

/** An operator's write, by the package's own store, over a network that always works. */
export function operate(world: World, fault: 'asked-to-resign' | 'deposed-by-operator'): boolean {
  const seen = world.storage.versions.at(-1)?.record;
  if (seen?.holder === undefined) return false;
  const client = {
    send: async (command: object) => world.storage.table.execute(command),
    config: { region: async () => 'simulated' },
  } as unknown as DynamoDBClient;
  const store = createLeaseStore({ client, tableName: 't', election: ELECTION, historyDays: 7 });
  const revision = `operator.${world.storage.versions.length}`;
  const { signal } = new AbortController();
  const write =
    fault === 'asked-to-resign'
      ? ({
          kind: 'request-resign',
          seenHolder: seen.holder,
          seenToken: seen.token,
          revision,
        } as const)
      : ({
          kind: 'depose',
          seenRevision: seen.revision,
          revision,
          reservation: { reservedMs: seen.leaseDurationMs },
        } as const);
  void store.write(write, { signal });
  return true;
}

/** Somebody deletes the record, or restores an old one; only where history could prove it. */
function loseRow(world: World, fault: 'row-deleted' | 'row-restored'): void {
  const { coverage } = world;
  const { versions, table } = world.storage;
  const token = versions.at(-1)?.record?.token ?? 0n;
  const older = versions.find(({ record }) => record !== undefined && record.token < token);
  if (older?.item === undefined) return;
  world.say('table', fault);
  coverage.hit(fault);
  table.put(LEASE_KEY, fault === 'row-deleted' ? undefined : older.item);
}

function heal(world: World): void {
  const { links, participants } = world;
  for (const set of [links.requestsCut, links.answersCut, links.resourceCut]) set.clear();
  links.outage = false;
  links.refusing.clear();
  for (const { temper, process, userCode } of participants) {
    userCode.heal();
    temper.healthy = true;
    temper.throws = false;
    temper.ignoresSignalMs = 0;
    world.trouble(process, 'healed');
  }
  // Those that lost terms of late may be letting others go first: here is one that need not.
  world.start();
}
