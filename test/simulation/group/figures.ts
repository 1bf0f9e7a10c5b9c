/**
 * `npm run figures:group [partitions members]`: what a calm group costs and how fast it
 * moves, at default timings, by the real machine in virtual time. Requests take 2 to 10 ms each way, clocks
 * are right to 20 ms, and nothing fails but what a line says.
 */
import { performance } from 'node:perf_hooks';
import { HOURS_A_MONTH, PRICES } from '../../../lib/cli/planning/prices.ts';
import type { MemberEffect } from '../../../lib/core/group/member/traffic.ts';
import { withDefaults } from '../../../lib/core/time/timing.ts';
import { type Participant, startParticipant } from './participant.ts';
import { seedPartition } from './stage.ts';
import { createWorld, type World } from './world.ts';

const TIMINGS = withDefaults({});
const { leaseDurationMs, renewIntervalMs } = TIMINGS;
const MONTH_S = HOURS_A_MONTH * 3_600;
const STEADY_MS = 120_000;

interface Hall {
  readonly world: World;
  readonly partitions: number;
  readonly alive: Set<Participant>;
  /** When each partition was left without a leader, and when it had one again. */
  readonly overAt: Map<number, number>;
  readonly gaps: number[];
  elections: number;
  /** Read and write units, as DynamoDB would bill them. */
  readonly units: { read: number; write: number };
}

function createHall(partitions: number, seed = 1): Hall {
  const world = createWorld(seed);
  for (let p = 0; p < partitions; p += 1) seedPartition(world, p);
  world.rows.head = { formatVersion: 1, version: 0, partitions, writtenAtEpochMs: 0 };
  const units = { read: 0, write: 0 };
  return { world, partitions, alive: new Set(), overAt: new Map(), gaps: [], elections: 0, units };
}

function enter(hall: Hall, { spareMs = 0 } = {}): Participant {
  const { world, alive } = hall;
  const self = { timings: TIMINGS, spareMs, capacity: 1, gated: false };
  const name = `p${String(world.requests.size + world.nowMs).replace('.', '-')}-${alive.size}`;
  const rate = world.random.between(0.9999, 1.0001);
  const wallOffsetMs = world.random.between(-20, 20);
  const watchers = { effect: (by: Participant, effect: MemberEffect) => see(hall, by, effect) };
  const participant = startParticipant({ name, world, self, rate, wallOffsetMs, watchers });
  alive.add(participant);
  participant.dispatch({ kind: 'join' });
  return participant;
}

function see(hall: Hall, by: Participant, effect: MemberEffect): void {
  const { world, overAt, gaps, units } = hall;
  switch (effect.kind) {
    case 'elected': {
      const since = overAt.get(effect.partition);
      if (since !== undefined) gaps.push(world.nowMs - since);
      overAt.delete(effect.partition);
      hall.elections += 1;
      return;
    }
    case 'over':
      overAt.set(effect.partition, world.nowMs);
      return;
    case 'left':
      hall.alive.delete(by);
      return;
    case 'read':
      units.read += readUnitsOf(hall, effect.read);
      return;
    case 'write': {
      const kilobytes = effect.write.kind === 'write-body' ? bodyBytes(hall) / 1_024 : 1;
      units.write += Math.ceil(kilobytes);
      return;
    }
    case 'write-records':
      units.write += effect.writes.length;
      return;
    default:
      return;
  }
}

/** 2 bytes an owner and 40 a member, as the specification estimates it. */
function bodyBytes({ partitions, alive }: Hall): number {
  return 2 * partitions + 40 * alive.size;
}

const ROW_BYTES = 350;

function readUnitsOf(hall: Hall, read: Extract<MemberEffect, { kind: 'read' }>['read']): number {
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

/** Every partition is led, by members whose shares differ by one at most. */
function settled({ alive, partitions }: Hall): boolean {
  const counts = [...alive].map(
    ({ state }) => [...state.terms.values()].filter((term) => !term.over).length,
  );
  const led = counts.reduce((a, b) => a + b, 0);
  return led === partitions && Math.max(...counts) - Math.min(...counts) <= 1;
}

/** Runs until the group has settled; in milliseconds. */
function settle(hall: Hall, withinMs = 120_000): number {
  const { world } = hall;
  const fromMs = world.nowMs;
  while (!settled(hall)) {
    if (world.nowMs - fromMs > withinMs) return Number.NaN;
    world.runUntil(world.nowMs + 10, () => false);
  }
  return world.nowMs - fromMs;
}

function rest(hall: Hall, ms: number): void {
  hall.world.runUntil(hall.world.nowMs + ms, () => false);
  hall.gaps.length = 0;
}

const percentile = (all: readonly number[], part: number) =>
  [...all].sort((a, b) => a - b)[Math.floor(part * (all.length - 1))] ?? Number.NaN;
const ms = (value: number) => `${value.toFixed(0)} ms`;
const gapsOf = ({ gaps }: Hall) => `${ms(percentile(gaps, 0.5))} / ${ms(percentile(gaps, 0.95))}`;

export function figuresOf(partitions: number, members: number): readonly string[] {
  const hall = createHall(partitions);
  const { world } = hall;
  const began = performance.now();
  const lines: string[] = [];
  const say = (what: string, value: string) => lines.push(`${what.padEnd(58)} ${value}`);
  for (let n = 0; n < members; n += 1) {
    world.at(world.random.between(0, 1_000), () => enter(hall));
  }
  world.runUntil(1_000, () => false);
  say(`${members} members start within a second: settled after`, ms(settle(hall)));
  rest(hall, 3 * renewIntervalMs);
  steady(hall, say, members);
  joinAndLeave(hall, say);
  crash(hall, say);
  rolling(hall, say);
  say(
    'virtual time / time',
    `${(world.nowMs / 1000).toFixed(0)} s / ${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
  return lines;
}

type Say = (what: string, value: string) => void;

function steady(hall: Hall, say: Say, members: number): void {
  const { world, units } = hall;
  const total = () => [...world.requests.values()].reduce((a, b) => a + b, 0);
  const [requests, { read, write }] = [total(), { ...units }];
  rest(hall, STEADY_MS);
  const perWorker = (total() - requests) / (STEADY_MS / 1_000) / members;
  say('steady: requests a second and member', perWorker.toFixed(2));
  const months = MONTH_S / (STEADY_MS / 1_000);
  const { readUnits, writeUnits } = PRICES.dollarsPerMillion;
  const usd =
    ((units.read - read) * readUnits + (units.write - write) * writeUnits) * (months / 1e6);
  say(
    'steady: USD a month, and for one member',
    `${usd.toFixed(2)} / ${(usd / members).toFixed(2)}`,
  );
}

function joinAndLeave(hall: Hall, say: Say): void {
  let before = hall.elections;
  const joined = enter(hall);
  const size = hall.alive.size;
  const joinMs = settle(hall);
  const least = Math.floor(hall.partitions / size);
  say('join: settled after', ms(joinMs));
  say('join: leaderless per moved partition, p50 / p95', gapsOf(hall));
  say('join: moves, and the least possible', `${hall.elections - before} / ${least}`);
  rest(hall, 4 * renewIntervalMs);
  before = hall.elections;
  const share = [...joined.state.terms.values()].length;
  joined.dispatch({ kind: 'leave' });
  const fromMs = hall.world.nowMs;
  while (hall.alive.has(joined) || !settled(hall)) {
    hall.world.runUntil(hall.world.nowMs + 10, () => false);
  }
  say('leave: gone and settled after', ms(hall.world.nowMs - fromMs));
  say('leave: leaderless per moved partition, p50 / p95', gapsOf(hall));
  say('leave: moves, and the least possible', `${hall.elections - before} / ${share}`);
  rest(hall, 4 * renewIntervalMs);
}

/** Crashes spread over the renew interval; each is followed by a new member. */
function crash(hall: Hall, say: Say): void {
  const { world, alive } = hall;
  const lasted: number[] = [];
  const crashes = alive.size > 50 ? 3 : 10;
  for (let n = 0; n < crashes; n += 1) {
    rest(hall, renewIntervalMs * (4 + n / crashes));
    const victim = world.random.pick([...alive]);
    victim.process.kill();
    alive.delete(victim);
    lasted.push(settle(hall));
    enter(hall);
    settle(hall);
  }
  const boundMs = leaseDurationMs + renewIntervalMs;
  say(
    'crash: every partition led again after, p50 / longest',
    `${ms(percentile(lasted, 0.5))} / ${ms(Math.max(...lasted))}`,
  );
  say('crash: longest over lease + renew interval', ms(Math.max(...lasted) - boundMs));
}

/** The new task starts first, and the old one is stopped once it runs: as a deployment does. */
function rolling(hall: Hall, say: Say): void {
  const { world, alive } = hall;
  rest(hall, 10 * renewIntervalMs);
  const before = hall.elections;
  for (const old of [...alive]) {
    enter(hall, { spareMs: 30_000 });
    world.runUntil(world.nowMs + 1_500, () => false);
    old.dispatch({ kind: 'leave' });
    const untilMs = world.nowMs + 60_000;
    while (alive.has(old) && world.nowMs < untilMs) world.runUntil(world.nowMs + 10, () => false);
  }
  const settledMs = settle(hall);
  say(
    'rolling replacement with spares: moves, and partitions',
    `${hall.elections - before} / ${hall.partitions}`,
  );
  say('rolling replacement: leaderless, p50 / p95', gapsOf(hall));
  say('rolling replacement: settled after the last by', ms(settledMs));
}

if (import.meta.main) {
  const sizes = process.argv.slice(2).map(Number);
  const pairs =
    sizes.length > 0
      ? [sizes]
      : [
          [64, 4],
          [1_000, 20],
          [10_000, 100],
        ];
  for (const [partitions = 0, members = 0] of pairs) {
    console.log(`${partitions} partitions over ${members} members, lease 10 s, renew interval 3 s`);
    for (const line of figuresOf(partitions, members)) console.log(`  ${line}`);
  }
}
