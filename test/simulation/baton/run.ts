/**
 * One run of one seed over a baton: starts candidates, lets things go wrong, and asks the invariants.
 *
 * The twin of `run.ts` for the other protocol: `lib/core/baton/machine.ts` on a queue that keeps SQS's rules.
 */
import {
  type Election,
  oneTermPerToken,
  tokensNeverFall,
  type Violation,
} from '../../judge/invariants.ts';
import {
  createCandidate,
  type Faults,
  LIMITS,
  type SimulatedCandidate,
  TIMINGS,
} from './candidates.ts';
import {
  type BrokenRules,
  createSimulatedQueue,
  createWorld,
  LATE_MS_MAX,
  type World,
} from './network.ts';

const FAULTY_MS = 300_000;
const HEALED_MS = 120_000;
/** Within so long, a leader that hands over at the very instant of the question is followed. */
const HAND_OVER_MS = 2_000;
/** A few round trips. */
const SLACK_MS = 1_000;

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
}

export function simulateBaton({ seed, broken = {}, visibilityMs }: BatonRunOptions) {
  const world = createWorld(seed);
  const queue = createSimulatedQueue(world, broken);
  const faults: Faults = { network: true };
  const elections: Election[] = [];
  const violations: Violation[] = [];
  const candidates: SimulatedCandidate[] = [];

  function enlist(): void {
    const name = `c${candidates.length + 1}`;
    const onElected = (token: bigint) => elections.push({ token, candidateId: name, by: name });
    const onRefused = (problem: string) =>
      violations.push({ invariant: 'L1', detail: `${name} refuses to campaign: ${problem}` });
    const wiring = { name, world, queue, faults, onElected, onRefused, visibilityMs };
    const candidate = createCandidate(wiring);
    candidates.push(candidate);
    candidate.start();
  }

  for (let n = 0; n < 3; n += 1) enlist();
  world.at(5_000, () => disturb(world, candidates, enlist));
  world.at(FAULTY_MS, () => {
    faults.network = false;
  });
  judgeLiveness(world, candidates, violations);
  world.runUntil(FAULTY_MS + HEALED_MS, () => assertAlone(world, candidates, violations));
  return {
    seed,
    violations: [...violations, ...tokensNeverFall(elections), ...oneTermPerToken(elections)],
    terms: elections.length,
    batonsLeft: queue.size(),
  } satisfies BatonRunReport;
}

/** Pauses, hand-overs and crashes, of the leader more often than not. */
function disturb(world: World, candidates: SimulatedCandidate[], enlist: () => void): void {
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
  world.at(world.now() + world.unit() * 8_000, () => disturb(world, candidates, enlist));
}

function pick<T>(from: readonly T[], unit: number): T {
  const one = from[Math.floor(unit * from.length)];
  if (one === undefined) throw new Error('nobody is left');
  return one;
}

/** C1, after each event: at most one is before the end of its own term. */
function assertAlone(
  world: World,
  candidates: readonly SimulatedCandidate[],
  violations: Violation[],
): void {
  const leaders = candidates.filter((one) => one.leads());
  if (leaders.length <= 1 || violations.some(({ invariant }) => invariant === 'C1')) return;
  const names = leaders.map(({ name }) => name).join(' and ');
  const detail = `${names} both believe to lead at ${world.now().toFixed(0)} ms`;
  violations.push({ invariant: 'C1', detail });
}

/** L1: once the last late message has landed, somebody leads within visibility timeout + one poll. */
function judgeLiveness(
  world: World,
  candidates: readonly SimulatedCandidate[],
  violations: Violation[],
): void {
  const boundMs = TIMINGS.leaseDurationMs + LIMITS.pollWaitMs + SLACK_MS;
  const dueMs = FAULTY_MS + LATE_MS_MAX + boundMs;
  const probe = () => {
    if (candidates.some((one) => one.leads())) return;
    if (world.now() < dueMs + HAND_OVER_MS) return world.at(world.now() + 100, probe);
    const detail = `nobody leads ${boundMs} ms after the last late message`;
    violations.push({ invariant: 'L1', detail });
  };
  world.at(dueMs, probe);
}
