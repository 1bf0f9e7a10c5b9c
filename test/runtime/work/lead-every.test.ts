import { expect, it } from 'vitest';
import {
  createElection,
  type EveryOptions,
  type LastRun,
  leadEvery,
  type PeriodRun,
} from '../../../lib/index.ts';
import {
  createMemory,
  type ManualClock,
  manualClock,
  memoryLease,
} from '../../../lib/testing/index.ts';

const MINUTE_MS = 60_000;
const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

/** Processes that share a store, a clock, and the place where the last period is kept. */
function setting() {
  // Half a minute into a period.
  const clock = manualClock({ epochMs: 1_767_225_600_000 + MINUTE_MS / 2 });
  const memory = createMemory();
  const kept: { period?: number } = {};
  const lastRun = (): LastRun => ({
    load: async () => (kept.period === undefined ? undefined : { period: kept.period }),
    async save({ period }) {
      kept.period = period;
    },
  });
  const first = Math.floor(clock.now().epochMs / MINUTE_MS);
  const runs: (readonly [string, number, number])[] = [];

  function start(name: string, options: EveryOptions = {}, takesMs = 0) {
    const stop = new AbortController();
    const election = createElection({ name: 'e', via: memoryLease(memory), timings, clock });
    const work = async ({ term, period, missed }: PeriodRun) => {
      runs.push([name, period - first, missed]);
      if (takesMs > 0) await term.sleep(takesMs);
    };
    const how = { lastRun, signal: stop.signal, ...options };
    const done = leadEvery(election, MINUTE_MS, work, how);
    done.catch(() => undefined);
    return { done, stop: () => stop.abort() };
  }
  return { clock, memory, kept, lastRun, runs, start };
}

/** A hand-over is announced about a renew interval before the work is told to stop. */
const settled = async (clock: ManualClock, done: Promise<void>) => {
  await clock.advance(5_000);
  return done;
};

/** The first leader ran one period and left; three more have begun since. */
async function afterThreePeriodsWithoutALeader() {
  const { clock, runs, start } = setting();
  const a = start('a');
  await clock.advance(MINUTE_MS);
  a.stop();
  await settled(clock, a.done);
  await clock.advance(3 * MINUTE_MS);
  return { clock, runs, start };
}

it('runs once at the beginning of each period, over all candidates', async () => {
  const { clock, runs, start } = setting();
  const [a, b] = [start('a'), start('b')];

  await clock.advance(MINUTE_MS / 2 - 1);
  expect(runs).toEqual([]);
  await clock.advance(2 * MINUTE_MS + 1);

  expect(runs).toEqual([
    ['a', 1, 0],
    ['a', 2, 0],
    ['a', 3, 0],
  ]);
  a.stop();
  b.stop();
  await settled(
    clock,
    Promise.all([a.done, b.done]).then(() => undefined),
  );
});

it('goes on with the next period under the next leader, and tells of those that nobody began', async () => {
  const { clock, runs, start } = await afterThreePeriodsWithoutALeader();
  const b = start('b');
  await clock.advance(MINUTE_MS);

  expect(runs).toEqual([
    ['a', 1, 0],
    ['b', 4, 2],
    ['b', 5, 0],
  ]);
  b.stop();
  await settled(clock, b.done);
});

it('runs each missed period by choice, the oldest first', async () => {
  const { clock, runs, start } = await afterThreePeriodsWithoutALeader();
  const b = start('b', { missed: 'each' });
  await clock.advance(1_000);

  expect(runs.map(([, period]) => period)).toEqual([1, 2, 3, 4]);
  b.stop();
  await settled(clock, b.done);
});

it('never runs two at once: a run that takes long leaves periods out and says so', async () => {
  const { clock, runs, start } = setting();
  const a = start('a', {}, 2.2 * MINUTE_MS);

  await clock.advance(5 * MINUTE_MS);

  expect(runs).toEqual([
    ['a', 1, 0],
    ['a', 3, 1],
    ['a', 5, 1],
  ]);
  a.stop();
  await settled(clock, a.done);
});

it('repeats a run that was cut off, unless a period counts when it was started', async () => {
  for (const countsWhen of ['completed', 'started'] as const) {
    const { clock, runs, start } = setting();
    const a = start('a', { countsWhen }, 20_000);
    await clock.advance(MINUTE_MS / 2 + 1_000);
    a.stop();
    await settled(clock, a.done);
    const b = start('b', { countsWhen });
    await clock.advance(1_000);

    expect(runs.map(([name]) => name)).toEqual(countsWhen === 'completed' ? ['a', 'b'] : ['a']);
    b.stop();
    await settled(clock, b.done);
  }
});

it('begins with the next period where nothing is kept, and keeps where it began', async () => {
  const { clock, kept, runs, start } = setting();
  const a = start('a', { lastRun: undefined });
  await clock.advance(1_000);
  expect([runs, kept.period]).toEqual([[], undefined]);
  a.stop();
  await settled(clock, a.done);

  const b = start('b');
  await clock.advance(1_000);

  expect(runs).toEqual([]);
  expect(kept.period).toBe(Math.floor(clock.now().epochMs / MINUTE_MS));
  b.stop();
  await settled(clock, b.done);
});

it('runs in time after the wall clock was set, in either direction', async () => {
  const { clock, runs, start } = setting();
  const a = start('a');
  await clock.advance(1_000);
  // The clock goes back: it enters the same period again, and the period must not run again.
  clock.jumpWallClock(-20_000);
  await clock.advance(50_000);
  expect(runs.map(([, period]) => period)).toEqual([1]);

  a.stop();
  await settled(clock, a.done);
});

it('refuses what cannot be used', async () => {
  const election = createElection({ name: 'e', via: memoryLease(), clock: manualClock() });

  await expect(leadEvery(election, 0, () => {}, { missed: 'each' })).rejects.toThrow(
    /periodMs must be a number above 0, got 0.*missed each needs lastRun/,
  );
});
