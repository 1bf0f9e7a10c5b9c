import { describe, expect, test } from 'vitest';
import { createElection, type ElectionOptions } from '../../../lib/index.ts';
import { createMemory, manualClock, memoryLease } from '../../../lib/testing/index.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

function setting() {
  const clock = manualClock();
  const memory = createMemory();
  const make = (options: Partial<ElectionOptions> = {}) =>
    createElection({ name: 'e', via: memoryLease(memory), timings, clock, ...options });
  /** Leaves a record as a leader that died right after its last renewal leaves it. */
  const deadLeader = async (renewedAgoMs = 0) => {
    const dead = manualClock({ epochMs: clock.now().epochMs - renewedAgoMs });
    await make({ clock: dead }).campaign();
  };
  return { clock, memory, make, deadLeader };
}

describe('a candidate that says when its process ends', () => {
  test('writes no lease that outlasts it, and is over before it ends', async () => {
    const { clock, memory, make } = setting();
    const term = await make().tryCampaign({ endsInMs: 4_000 });
    expect(memory.records.get('e')?.leaseDurationMs).toBe(4_000);
    expect(term?.remainingMs()).toBe(3_800);
    await clock.advance(2_799);
    expect(term?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(term?.signal.reason).toMatchObject({ why: 'lapsed' });
  });

  test('renews whole leases first, then one that ends with the process, and none after it', async () => {
    const { clock, memory, make } = setting();
    const term = await make().tryCampaign({ endsInMs: 15_000 });
    const leases = new Map<string, number>();
    for (let ms = 0; ms < 14_000; ms += 500) {
      const record = memory.records.get('e');
      if (record) leases.set(record.revision, record.leaseDurationMs);
      await clock.advance(500);
    }
    expect([...leases.values()]).toEqual([10_000, 10_000, 9_000]);
    expect(term?.remainingMs()).toBe(800);
    await clock.advance(1_000);
    expect(term?.remainingMs()).toBe(0);
  });

  test('is replaced no later than its end, though it was cut off without a farewell', async () => {
    const { clock, make } = setting();
    const standby = make();
    await make().tryCampaign({ endsInMs: 4_000 });
    expect(await standby.tryCampaign()).toBeUndefined();
    await clock.advance(4_000);
    expect(await standby.tryCampaign()).toMatchObject({ token: 2n });
  });

  test('does not campaign where too little time is left to lead in', async () => {
    const { memory, make } = setting();
    expect(await make().tryCampaign({ endsInMs: 2_000 })).toBeUndefined();
    expect(memory.records.size).toBe(0);
  });
});

describe('a candidate that may wait a lease', () => {
  test('takes a dead leader over at the end of the lease', async () => {
    const { clock, make, deadLeader } = setting();
    await deadLeader();
    const term = make().tryCampaign({ waitLease: true });
    await clock.advance(9_999);
    let settled = false;
    void term.then(() => {
      settled = true;
    });
    await clock.advance(0);
    expect(settled).toBe(false);
    await clock.advance(1);
    expect(await term).toMatchObject({ token: 2n });
  });

  test('gives up at the first renewal that it sees', async () => {
    const { clock, make } = setting();
    await make().campaign();
    const asked = clock.now().monotonicMs;
    const term = make().tryCampaign({ waitLease: true });
    let settledAtMs = 0;
    void term.then(() => {
      settledAtMs = clock.now().monotonicMs - asked;
    });
    await clock.advance(10_000);
    expect(await term).toBeUndefined();
    expect(settledAtMs).toBeGreaterThanOrEqual(3_000);
    expect(settledAtMs).toBeLessThan(3_200);
  });

  test('leads when the leader releases while it waits', async () => {
    const { clock, make } = setting();
    const first = await make().campaign();
    const term = make().tryCampaign({ waitLease: true });
    await clock.advance(1_000);
    await first.resign();
    await clock.advance(3_000);
    expect(await term).toMatchObject({ token: 2n });
  });

  test('elects one of several that wait, and the others do not wait for it', async () => {
    const { clock, make, deadLeader } = setting();
    await deadLeader();
    const terms = [1, 2, 3].map(() => make().tryCampaign({ waitLease: true }));
    await clock.advance(11_000);
    const elected = (await Promise.all(terms)).filter((term) => term !== undefined);
    expect(elected).toHaveLength(1);
  });
});

describe('a process that was frozen with its monotonic clock standing still', () => {
  test('counts the silence of a dead leader by its own wall clock', async () => {
    const { clock, make, deadLeader } = setting();
    await deadLeader();
    const asker = make();
    expect(await asker.tryCampaign()).toBeUndefined();
    clock.jumpWallClock(60_000);
    expect(await asker.tryCampaign()).toBeUndefined();
    asker.thawed({ clockErrorMsMax: 1_000 });
    expect(await asker.tryCampaign()).toMatchObject({ token: 2n });
  });

  test('renews at once what fell due while its timers stood still', async () => {
    const { clock, memory, make } = setting();
    const election = make();
    const term = await election.campaign();
    const before = memory.records.get('e')?.revision;
    clock.jumpWallClock(8_000);
    expect(term.remainingMs()).toBe(1_800);
    election.thawed({});
    await clock.advance(0);
    expect(memory.records.get('e')?.revision).not.toBe(before);
    expect(term.remainingMs()).toBe(9_800);
  });

  test('finds a term over that lapsed meanwhile', async () => {
    const { clock, make } = setting();
    const election = make();
    const term = await election.campaign();
    clock.jumpWallClock(9_800);
    election.thawed({});
    expect(term.signal.reason).toMatchObject({ why: 'lapsed' });
    expect(() => term.throwIfOver()).toThrow('lapsed');
  });

  test('has let others go first while it was frozen', async () => {
    const { clock, make } = setting();
    const election = make();
    // After terms that lapse again and again a candidate waits, up to ten leases.
    for (let lapse = 0; lapse < 2; lapse++) {
      const term = await election.tryCampaign();
      clock.jumpWallClock(11_000);
      election.thawed({});
      await term?.resign();
    }
    expect(await election.tryCampaign()).toBeUndefined();
    clock.jumpWallClock(60_000);
    expect(await election.tryCampaign()).toBeUndefined();
    election.thawed({});
    expect(await election.tryCampaign()).toMatchObject({ token: 3n });
  });
});
