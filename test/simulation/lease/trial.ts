/**
 * One thing is done to the leader of a world that has healed, and what must follow is judged by itself:
 * L2 after a SIGKILL, L4 after a hand-over, L7 after work that is not done.
 */

import type { Timings } from '../../../lib/core/time/timing.ts';
import type { InvariantName } from '../../judge/invariants.ts';
import { operate } from './events.ts';
import { RUN_MS } from './world/setting.ts';
import type { Participant, World } from './world/world.ts';

/** By then L1 has been judged, and whatever was late has landed. */
const BEGINS_AT_MS = 32_000;
/** For a standby that is new to have read the record. */
const SETTLE_MS = 300;
/** A few round trips. */
const SLACK_MS = 600;

interface Trial {
  readonly name: string;
  readonly judges: InvariantName;
  begin(world: World, leader: Participant): void;
  /** Until somebody else leads, and the old leader does not. */
  readonly boundMs: (timings: Timings) => number;
}

const TRIALS: readonly Trial[] = [
  {
    name: 'SIGKILL',
    judges: 'L2',
    begin: (world, { process }) => world.kill(process, 'tried'),
    boundMs: ({ leaseDurationMs, renewIntervalMs }) => leaseDurationMs + renewIntervalMs,
  },
  {
    name: 'SIGTERM',
    judges: 'L4',
    begin: (_, leader) => leader.terminate(),
    boundMs: ({ renewIntervalMs }) => renewIntervalMs,
  },
  {
    name: 'a request to resign',
    judges: 'L4',
    begin: (world) => void operate(world, 'request-resign'),
    // The leader learns of it with its next renewal.
    boundMs: ({ renewIntervalMs }) => 2 * renewIntervalMs,
  },
  {
    name: 'health that fails',
    judges: 'L7',
    begin: (_, { temper }) => {
      temper.healthy = false;
    },
    boundMs: ({ renewIntervalMs }) => 2 * renewIntervalMs,
  },
  {
    name: 'work that hangs',
    judges: 'L7',
    begin: (_, { temper }) => {
      temper.healthy = false;
      temper.ignoresSignalMs = RUN_MS;
    },
    // Renewed while it drains, and then no more: the lease runs out.
    boundMs: ({ renewIntervalMs, drainMs, leaseDurationMs }) =>
      2 * renewIntervalMs + drainMs + leaseDurationMs,
  },
];

export const TRIAL_NAMES = TRIALS.map(({ name }) => name);

/**
 * Nothing is claimed of two candidates with one id: each takes the role from the other, as long as
 * both live. A cold candidate leads for a moment only. No candidate follows the leader of a record
 * that went back.
 */
export function holdTrial(world: World): void {
  const { schedule, random, timings, plan, rowLost } = world;
  if (plan.has('twin-id') || plan.has('cold-candidates') || rowLost) return;
  // Other candidates may be waiting out a hold-off; this one need not.
  schedule.at(BEGINS_AT_MS, () => world.start());
  // Anywhere in the renew interval.
  const atMs = BEGINS_AT_MS + SETTLE_MS + random.between(0, timings.renewIntervalMs);
  schedule.at(atMs, () => {
    const leader = leaderOf(world);
    if (leader !== undefined) hold(world, random.pick(TRIALS), leader);
  });
}

function hold(world: World, { name, judges, begin, boundMs }: Trial, old: Participant): void {
  const { schedule, coverage, timings } = world;
  coverage.hit(`tried: ${name}`);
  world.say(old.process.name, `is tried: ${name}`);
  begin(world, old);
  // The next bridge waits for the old lock first, and then observes the new role for its lease.
  const oldLockMs = world.oldLock === undefined ? 0 : timings.leaseDurationMs;
  const withinMs = boundMs(timings) + oldLockMs + SLACK_MS;
  schedule.at(schedule.nowMs + withinMs, () => {
    const leader = leaderOf(world);
    if (leader !== undefined && leader !== old) return;
    const who = leader === undefined ? 'nobody leads' : `${old.process.name} still leads`;
    const detail = `${who} ${withinMs} ms after ${name} of ${old.process.name}`;
    world.violations.push({ invariant: judges, detail });
  });
}

function leaderOf({ participants }: World): Participant | undefined {
  return participants.find(({ process, term }) => process.alive && (term?.remainingMs() ?? 0) > 0);
}
