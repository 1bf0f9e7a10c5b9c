/**
 * The baton under every fault at once, in virtual time: lost and late messages, pauses, crashes, clocks
 * that run apart. The same with one of SQS's rules broken shows what the election rests on.
 *
 * A failing seed is replayed by `course(seed)` alone.
 */
import { describe, expect, it } from 'vitest';
import {
  createCandidate,
  type Faults,
  type SimulatedCandidate,
  TIMINGS,
} from './baton-candidates.ts';
import { type BrokenRules, createSimulatedQueue, createWorld } from './baton-network.ts';

const FAULTY_MS = 300_000;
const HEALED_MS = 120_000;
const SEEDS = 150;

interface Course {
  readonly terms: number;
  /** Instants at which two candidates were before the end of their own terms. */
  readonly overlaps: number;
  /** Terms whose token was not above every earlier one. */
  readonly regressions: number;
  readonly refusals: readonly string[];
  readonly ledAfterHealing: boolean;
  readonly batonsLeft: number;
}

function course(seed: number, broken: BrokenRules = {}, visibilityMs?: number): Course {
  const world = createWorld(seed);
  const queue = createSimulatedQueue(world, broken);
  const faults: Faults = { network: true };
  const tokens: bigint[] = [];
  const refusals: string[] = [];
  const candidates: SimulatedCandidate[] = [];
  let overlaps = 0;
  let born = 0;
  let regressions = 0;
  let ledAfterHealing = false;

  const onElected = (token: bigint) => {
    if (tokens.some((earlier) => earlier >= token)) regressions += 1;
    tokens.push(token);
  };
  const onRefused = (problem: string) => refusals.push(problem);
  function enlist(): void {
    const name = `c${++born}`;
    const wiring = { name, world, queue, faults, onElected, onRefused, visibilityMs };
    const candidate = createCandidate(wiring);
    candidates.push(candidate);
    candidate.start();
  }
  function disturb(): void {
    if (world.now() > FAULTY_MS) return;
    const living = candidates.filter(({ alive }) => alive);
    const leader = living.find((one) => one.leads());
    const target = leader !== undefined && world.unit() < 0.7 ? leader : pick(living, world.unit());
    const chance = world.unit();
    if (chance < 0.5) target.pause(world.unit() * 2 * TIMINGS.leaseDurationMs);
    else if (chance < 0.8) target.resign();
    else {
      target.kill();
      enlist();
    }
    world.at(world.now() + world.unit() * 8_000, disturb);
  }
  function check(): void {
    const leaders = candidates.filter((one) => one.leads()).length;
    if (leaders > 1) overlaps += 1;
    if (leaders === 1 && world.now() > FAULTY_MS + HEALED_MS / 2) ledAfterHealing = true;
  }

  for (let n = 0; n < 3; n += 1) enlist();
  world.at(5_000, disturb);
  world.at(FAULTY_MS, () => {
    faults.network = false;
  });
  world.runUntil(FAULTY_MS + HEALED_MS, check);
  const batonsLeft = queue.size();
  return { terms: tokens.length, overlaps, regressions, refusals, ledAfterHealing, batonsLeft };
}

function pick<T>(from: readonly T[], unit: number): T {
  const one = from[Math.floor(unit * from.length)];
  if (one === undefined) throw new Error('nobody is left');
  return one;
}

const courses = (broken?: BrokenRules, visibilityMs?: number, seeds = SEEDS) =>
  Array.from({ length: seeds }, (_, seed) => course(seed, broken, visibilityMs));
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('the baton under faults', () => {
  it('never has two leaders, never a token twice or lower, and a leader once faults end', () => {
    const all = courses();
    const bad = all.flatMap((one, seed) =>
      one.overlaps > 0 || one.regressions > 0 || one.refusals.length > 0 || !one.ledAfterHealing
        ? [{ seed, ...one }]
        : [],
    );
    expect(bad).toEqual([]);
    // Enough happened for that to mean something.
    expect(sum(all.map(({ terms }) => terms))).toBeGreaterThan(SEEDS * 10);
    expect(Math.max(...all.map(({ batonsLeft }) => batonsLeft))).toBeLessThanOrEqual(10);
  });

  it('replays a course from its seed', () => {
    expect(course(7)).toEqual(course(7));
  });

  it('does not rest on expired handles that cannot extend', () => {
    const all = courses({ expiredExtendsAnswered: true });
    expect(sum(all.map(({ overlaps, regressions }) => overlaps + regressions))).toBe(0);
  });
});

describe('the simulation finds two leaders', () => {
  it('where messages of one group are delivered while another of it is in flight', () => {
    expect(
      sum(courses({ sharedGroup: true }, undefined, 20).map(({ overlaps }) => overlaps)),
    ).toBeGreaterThan(0);
  });

  it('where an expired handle deletes', () => {
    expect(sum(courses({ expiredDeletes: true }).map(({ overlaps }) => overlaps))).toBeGreaterThan(
      0,
    );
  });

  it('where the queue hides messages for less than candidates believe', () => {
    const shorterMs = TIMINGS.leaseDurationMs * 0.8;
    expect(sum(courses({}, shorterMs).map(({ overlaps }) => overlaps))).toBeGreaterThan(0);
  });
});
