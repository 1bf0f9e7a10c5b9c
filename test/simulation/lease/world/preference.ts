/**
 * Preference as an input of a run: scores that jump and lie until the run heals, and are all equal then.
 *
 * The rule notes what it was asked and what it answered, so that each hand-over can be judged by it.
 */
import { type Preference, preferring } from '../../../../lib/index.ts';
import { HEALS_AT_MS } from './setting.ts';
import type { Participant, World } from './world.ts';

const EVERY_MS = 1_000;
const FOR_MS = 2_500;
/** Rates of clocks, and the answer of a look. */
const TOLERANCE_MS = 50;
/**
 * A row is written each interval, and its candidate counts as alive for two and a half. A write may come late, and
 * a leader whose clocks stood still counts less than has passed: after trouble nothing is claimed.
 */
const DEAD_FOR_MS = 9_000;
const SETTLED_AT_MS = HEALS_AT_MS + 3 * EVERY_MS + FOR_MS;
const LIES = [0, 1, 2, 1e9, -1e9];
/** Of the writings of a row, those that tell another score. */
const JUMPS = 0.15;

/** What one candidate publishes of itself at each writing of its row. */
export function scoring({ plan, schedule, random }: World): () => number {
  let lie = 1;
  return () => {
    if (!plan.has('prefers') || schedule.nowMs >= HEALS_AT_MS) return 1;
    if (random.chance(JUMPS)) lie = random.pick(LIES);
    return lie;
  };
}

export function preferenceOf(world: World, of: () => Participant): Preference {
  const { schedule, coverage } = world;
  return preferring(
    (own, others) => {
      const leader = of();
      for (const { candidateId } of others) assertAlive(world, leader, candidateId);
      const best = others.find(({ score = 0 }) => score > (own.score ?? 0));
      leader.betterSinceMs = best && (leader.betterSinceMs ?? schedule.nowMs);
      if (best !== undefined) coverage.hit('another is better');
      return best?.candidateId;
    },
    { everyMs: EVERY_MS, forMs: FOR_MS },
  );
}

/** Whether a leader that hands over may do so by its preference. */
export function mayPrefer({ plan, schedule, coverage }: World, leader: Participant): boolean {
  const { betterSinceMs } = leader;
  if (!plan.has('prefers') || betterSinceMs === undefined) return false;
  if (schedule.nowMs - betterSinceMs < FOR_MS - TOLERANCE_MS) return false;
  // All have one score, so a role that moves would never rest.
  if (schedule.nowMs >= SETTLED_AT_MS) return false;
  coverage.hit('handed over to a better one');
  return true;
}

/** L8: the role is offered to nobody who is long dead. */
function assertAlive(world: World, leader: Participant, candidateId: string): void {
  const { participants, schedule, lastTrouble, violations } = world;
  const troubledMs = lastTrouble.get(leader.process) ?? Number.NEGATIVE_INFINITY;
  if (schedule.nowMs - troubledMs < 2 * DEAD_FOR_MS) return;
  const named = participants.filter((one) => one.candidateId === candidateId);
  const isDead = ({ process: { diedAtMs } }: Participant) =>
    diedAtMs !== undefined && schedule.nowMs - diedAtMs > DEAD_FOR_MS;
  if (!named.every(isDead)) return;
  const detail = `${leader.process.name} compares itself with ${candidateId}, which is dead`;
  violations.push({ invariant: 'L8', detail });
}
