/**
 * One run of one seed: starts processes, lets things go wrong, and asks the invariants of what happened.
 *
 * Everything random comes from the seed, everything timed from the schedule: a seed is a replay.
 */

import type { Term } from '../../../lib/ports.ts';
import {
  type Election,
  noTermIsInherited,
  nothingAcknowledgedIsLost,
  oneTermPerToken,
  outcomesAreTheStores,
  releasesEndTheirOwnTerm,
  revisionsNeverReturn,
  takeOversCount,
  tokensNeverFall,
  type Violation,
} from '../../judge/invariants.ts';
import { seeded } from '../shared/random.ts';
import { setOf } from '../table/shared-state.ts';
import { type Beliefs, createBeliefs } from './beliefs.ts';
import { injectEvents } from './events.ts';
import { planFaults } from './fault-table.ts';
import { judgeLiveness, type Liveness } from './liveness.ts';
import { holdTrial } from './trial.ts';
import { createWorld } from './world/create-world.ts';
import { mayPrefer } from './world/preference.ts';
import { HEALS_AT_MS, RUN_MS } from './world/setting.ts';
import type { Version } from './world/storage.ts';
import type { Participant, World } from './world/world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly faults?: readonly string[] | undefined;
  /** Beside those that the seed draws. */
  readonly also?: readonly string[] | undefined;
  /** Whether to keep the timeline; a run that fails is repeated with it. */
  readonly tells?: boolean | undefined;
}

export interface RunReport {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly coverage: ReadonlyMap<string, number>;
  readonly timeline: readonly string[];
  readonly faults: readonly string[];
  /** Two replays of a seed agree on this. */
  readonly digest: string;
}

export async function simulate(options: RunOptions): Promise<RunReport> {
  const random = seeded(options.seed * 2_654_435_761 + 1);
  const plan = planFaults(random, options.faults ?? [], options.also);
  const timeline: string[] = [];
  const tell = options.tells ? (line: string) => void timeline.push(line) : undefined;
  const world = createWorld(random, plan, tell);
  const { schedule, coverage } = world;
  const elections: Election[] = [];
  const liveness = judgeLiveness(world);
  const beliefs = createBeliefs(world.storage.outcomes, plan.has('bridges'));
  watch(world, elections, { liveness, beliefs });
  const size = random.pick([2, 3, 3, 4]);
  const twins = plan.has('twin-id') ? { firstNonce: 'twin' } : undefined;
  for (let index = 0; index < size; index += 1) {
    schedule.at(random.between(0, 300), () => world.start(index < 2 ? twins : undefined));
  }
  if (twins) coverage.hit('twin-id');
  injectEvents(world, HEALS_AT_MS);
  holdTrial(world);
  await schedule.run(RUN_MS);
  const chain = world.storage.versions.flatMap(({ record }) => (record ? [record] : []));
  const twoOfOneToken = oneTermPerToken(elections);
  // A token that no history row shows may be given out again where the record was deleted or restored. A
  // fence cannot tell two terms of one token apart: nothing is claimed then of what they wrote.
  const excused =
    world.rowLost && new Set(elections.map(({ token }) => token)).size < elections.length;
  const kept = setOf(world.storage.shared.set);
  const violations = [
    ...world.violations,
    ...tokensNeverFall(world.storage.shared.admissions),
    ...twoOfOneToken,
    ...(world.rowLost ? [] : [...takeOversCount(chain), ...revisionsNeverReturn(chain)]),
    ...outcomesAreTheStores(beliefs.all, world.storage.outcomes),
    ...noTermIsInherited(elections, world.storage.acquisitions),
    ...releasesEndTheirOwnTerm(world.storage.releases),
    ...tokensNeverFall(world.storage.ledger.admissions),
    ...(excused ? [] : nothingAcknowledgedIsLost(world.acknowledged, kept)),
  ];
  return {
    seed: options.seed,
    violations,
    coverage: coverage.counts,
    timeline,
    faults: [...plan.enabled],
    digest: `${schedule.eventsRun} ${chain.length} ${chain.at(-1)?.revision} ${elections.length}`,
  };
}

/** Tells of each election what must hold at that instant. */
function watch(
  world: World,
  elections: Election[],
  { liveness, beliefs }: { liveness: Liveness; beliefs: Beliefs },
): void {
  world.onEvent = (participant, event) => {
    const { process } = participant;
    if (event.event === 'elected') {
      const proof = world.rowLost ? (world.storage.proven.get(process.name) ?? 0n) : undefined;
      const { token, candidateId } = event;
      elections.push({ token, candidateId, by: process.name, proof });
      world.coverage.hit('elected');
      participant.betterSinceMs = undefined;
      assertAlone(world, participant, event.token);
      assertHoldsBoth(world, participant);
    }
    if (event.event === 'lost') world.coverage.hit(`lost: ${event.why}`);
    if (event.event === 'draining' && event.why === 'resigned') {
      assertWished(world, participant, event.token);
    }
    if (event.event === 'resigned') world.coverage.hit('resigned');
    beliefs.observe(process.name, event);
    liveness.observe(participant, event);
  };
}

/**
 * C1: when a candidate is elected, every other one is over, by the clocks that they themselves
 * read. C2: each finds that out when it asks, even if it is paused or waits for an answer.
 */
function assertAlone(world: World, elected: Participant, token: bigint): void {
  const { plan } = world;
  if (plan.has('twin-id') || plan.has('row-restored')) return;
  for (const other of world.participants) {
    if (other === elected || !other.process.alive || other.term === undefined) continue;
    const acts = mayAct(other.term);
    const left = other.term.remainingMs();
    if (acts && left <= 0) {
      const detail = `${other.process.name} may act for token ${other.term.token}, which is over`;
      world.violations.push({ invariant: 'C2', detail });
    }
    if (left <= 0) continue;
    // A deleted record without a history row begins again: neither leader can know of the other.
    if (world.rowLost && other.term.token >= token) {
      world.coverage.hit('a token used twice');
      continue;
    }
    // Two wrong clocks within one lease are more than the larger of two differences can correct.
    if (world.bothClocksLied(other.process)) {
      world.coverage.hit('both clocks wrong');
      continue;
    }
    world.violations.push({
      invariant: 'C1',
      detail:
        `${elected.process.name} was elected with token ${token} while ${other.process.name} ` +
        `believed to lead ${other.term.token} for another ${left.toFixed(1)} ms`,
    });
  }
}

/** L8: a healthy term is handed over only where somebody asked for this very term. */
function assertWished(world: World, leader: Participant, token: bigint): void {
  const { storage, violations } = world;
  const { process, leave, handedOver } = leader;
  if (leave.aborted || handedOver.has(token) || mayPrefer(world, leader)) return;
  const asks = ({ record }: Version) => record?.token === token && record.request === 'resign';
  if (storage.versions.some(asks)) return;
  const detail = `${process.name} hands token ${token} over, which nobody has asked it for`;
  violations.push({ invariant: 'L8', detail });
}

/** C1: a bridge leads only while it holds the old lock too. */
function assertHoldsBoth({ oldLock, violations }: World, { process }: Participant): void {
  if (oldLock === undefined || oldLock.isHeldBy(process)) return;
  const detail = `${process.name} was elected without the old lock`;
  violations.push({ invariant: 'C1', detail });
}

/** As work asks before each side effect. */
function mayAct(term: Term): boolean {
  try {
    term.throwIfOver();
    return true;
  } catch {
    return false;
  }
}
