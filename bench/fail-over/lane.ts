/**
 * One election after another hand-over: always a leader and a standby, trials until there are none left.
 * Lanes share a store and nothing else, so that many run side by side: their processes mostly sleep.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Candidate, startCandidate } from './candidates.ts';
import { createQueueFor } from './queues.ts';
import { createResource, type Resource } from './resource.ts';
import type { Store } from './stores.ts';
import type { System } from './systems.ts';
import { type Fault, runTrial, type Trial } from './trial.ts';

export interface LaneOptions {
  readonly system: System;
  readonly store: Store;
  /** Where hints or batons are kept. */
  readonly queues?: Store | undefined;
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
  /** The next fault, or `undefined` when all are done. */
  readonly next: () => Fault | undefined;
}

const START_MS_MAX = 60_000;
/** A take-over that takes longer is counted as none. */
const DEADLINE_LEASES = 8;

export async function runLane(options: LaneOptions): Promise<readonly Trial[]> {
  const { next, leaseDurationMs, renewIntervalMs } = options;
  const trials: Trial[] = [];
  let seats: Seats | undefined;
  for (let fault = next(); fault !== undefined; fault = next()) {
    seats ??= await takeSeats(options);
    const { leader, standby, resource } = seats;
    // The standby has watched for between a renew interval and a lease more: any moment of its poll. Where
    // the lease does not run out, that is a renew interval more.
    const { will } = options.system;
    const moreMs = will === undefined ? leaseDurationMs : renewIntervalMs;
    await sleep(renewIntervalMs + Math.random() * moreMs);
    const deadlineMs = DEADLINE_LEASES * leaseDurationMs;
    const trial = await runTrial({ fault, leader, resource, deadlineMs });
    trials.push(trial ?? { fault, lostBefore: true, stale: { tried: 0, refused: 0 } });
    // Whatever a peer believes now: each trial starts with a leader and a standby that is fresh.
    await leader.end();
    if (trial?.leaderlessMs === undefined) {
      await standby.end();
      seats = undefined;
    } else {
      const another = await seats.start();
      await another.ready;
      seats = { ...seats, leader: standby, standby: another };
    }
  }
  await Promise.all([seats?.leader.end(), seats?.standby.end()]);
  return trials;
}

interface Seats {
  readonly leader: Candidate;
  readonly standby: Candidate;
  readonly resource: Resource;
  readonly start: () => Promise<Candidate>;
}

async function takeSeats(options: LaneOptions): Promise<Seats> {
  const { system, store } = options;
  const order = await orderOf(options);
  const resource = createResource();
  const start = () => startCandidate({ system, store, resource, order });
  const leader = await start();
  const led = resource.next(() => true);
  if (!(await Promise.race([led, sleep(START_MS_MAX, undefined, { ref: false })]))) {
    throw new Error(`${system.name}: nobody leads after ${START_MS_MAX} ms`);
  }
  const standby = await start();
  await standby.ready;
  return { leader, standby, resource, start };
}

async function orderOf({ system, queues, leaseDurationMs, renewIntervalMs }: LaneOptions) {
  const election = randomUUID();
  const queueUrl = await createQueueFor(system, queues, { election, leaseDurationMs });
  return { election, leaseDurationMs, renewIntervalMs, queueUrl };
}
