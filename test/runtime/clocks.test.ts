import { describe, expect, test } from 'vitest';
import { createElection } from '../../lib/index.ts';
import { collectingJournal, manualClock, memoryLease } from '../../lib/testing/index.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

async function lead() {
  const clock = manualClock();
  const term = await createElection({ name: 'e', via: memoryLease(), timings, clock }).campaign();
  return { clock, term };
}

describe('a holder', () => {
  test('counts the time in which its monotonic clock stood still', async () => {
    const { clock, term } = await lead();
    clock.jumpWallClock(9_800);
    expect(term.remainingMs()).toBe(0);
    expect(() => term.throwIfOver()).toThrow('lapsed');
  });

  test('counts on by its monotonic clock when the wall clock is set back', async () => {
    const { clock, term } = await lead();
    clock.jumpWallClock(-3_600_000);
    await clock.advance(2_000);
    expect(term.remainingMs()).toBeCloseTo(7_800);
  });

  test('counts a freeze also when the wall clock was set back within the same lease', async () => {
    const { clock, term } = await lead();
    clock.jumpWallClock(-60_000);
    expect(term.remainingMs()).toBeCloseTo(9_800);
    // The process was frozen for longer than its lease, and the wall clock still shows an earlier time.
    clock.jumpWallClock(10_000);
    expect(term.remainingMs()).toBe(0);
  });

  test('loses no time to a wall clock that jitters', async () => {
    const { clock, term } = await lead();
    for (let step = 0; step < 1_000; step += 1) {
      clock.jumpWallClock(step % 2 === 0 ? 5 : -5);
      term.remainingMs();
    }
    expect(term.remainingMs()).toBeGreaterThan(9_780);
  });

  test('has its full lease again after its next renewal', async () => {
    const { clock, term } = await lead();
    clock.jumpWallClock(4_000);
    expect(term.remainingMs()).toBeCloseTo(5_800);
    await clock.advance(3_000);
    expect(term.remainingMs()).toBeCloseTo(9_800);
  });
});

test('a call that no store answers in time is told as an error of this package', async () => {
  const clock = manualClock();
  const memory = memoryLease();
  const silent = { read: () => new Promise<never>(() => {}) };
  const via = {
    ...memory,
    open: (election: Parameters<typeof memory.open>[0]) => ({
      ...memory.open(election),
      ...silent,
    }),
  };
  const journal = collectingJournal();
  const stop = new AbortController();
  const election = createElection({ name: 'e', via, timings, clock, journal });
  const campaign = election.campaign({ signal: stop.signal }).catch(() => undefined);

  await clock.advance(1_000);

  expect(journal.events).toMatchObject([{ event: 'error', error: { code: 'UNREACHABLE' } }]);
  stop.abort();
  await campaign;
});
