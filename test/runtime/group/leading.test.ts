import { expect, test } from 'vitest';
import { LeadershipLostError } from '../../../lib/index.ts';
import { openHall, shares, untilStopped } from './hall.ts';

test('one member leads every partition, each with a term and a token of its own', async () => {
  const { clock, join } = await openHall(8);
  const a = join({ memberPrefix: 'a' });
  await clock.advance(10_000);

  expect(a.leads()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  const term = a.group.leading().get(5);
  expect(term).toMatchObject({ partition: 5, election: 'orders/5', token: 1n });
  expect(term?.candidateId).toMatch(/^a\//);
  expect(term?.remainingMs()).toBeGreaterThan(5_000);
  expect(a.terms).toHaveLength(8);
});

test('members share the partitions, and one that joins takes no more than its share', async () => {
  const { clock, join } = await openHall(12);
  const [a, b] = [join(), join()];
  await clock.advance(10_000);
  expect(shares([a, b])).toEqual([6, 6]);
  const before = [...a.terms, ...b.terms].length;

  const c = join();
  await clock.advance(15_000);
  expect(shares([a, b, c])).toEqual([4, 4, 4]);
  // Four moved to the new member, and no other term began.
  expect([...a.terms, ...b.terms, ...c.terms].length - before).toBe(4);
});

test('a partition that moves is stopped, joined and released before its next leader’s work begins', async () => {
  const { clock, join } = await openHall(2);
  const order: string[] = [];
  const told = (name: string) => async (term: Parameters<typeof untilStopped>[0]) => {
    order.push(`${name} begins ${term.partition}`);
    await untilStopped(term);
    // The work needs time to end, and its member still holds the partition.
    await new Promise<void>((resolve) => void clock.setTimer(900, resolve));
    expect(term.remainingMs()).toBeGreaterThan(0);
    order.push(`${name} ends ${term.partition}`);
  };
  join({ work: told('a') });
  await clock.advance(10_000);
  const b = join({ work: told('b') });
  await clock.advance(15_000);

  const [moved] = b.leads();
  expect(b.leads()).toHaveLength(1);
  expect(order.slice(2)).toEqual([`a ends ${moved}`, `b begins ${moved}`]);
  expect(b.group.leading().get(moved ?? -1)?.token).toBe(2n);
});

test('the partitions of a member that is silent for its lease are led by the others', async () => {
  const { clock, join } = await openHall(9);
  const members = [join(), join(), join()];
  await clock.advance(12_000);
  const [dead, ...alive] = members;
  if (dead === undefined) return expect.unreachable();
  const terms = [...dead.group.leading().values()];
  dead.cutOff = true;
  await clock.advance(10_000 + 3_000 + 2_000);

  expect(shares(alive).sort((a, b) => a - b)).toEqual([4, 5]);
  expect(dead.leads()).toEqual([]);
  for (const term of terms) {
    expect(() => term.throwIfOver()).toThrow(LeadershipLostError);
    expect(term.signal.reason).toMatchObject({ why: 'lapsed', election: term.election });
  }
  expect(dead.journal.events.map(({ event }) => event)).toContain('gone');
});

test('a member that the store refuses asks no more than its retries, however silent the others seem', async () => {
  const { clock, join } = await openHall(9);
  const members = [join(), join(), join()];
  await clock.advance(12_000);
  const [cut] = members;
  if (cut === undefined) return expect.unreachable();
  cut.cutOff = true;
  await clock.advance(30_000);

  // Some forty heartbeats, and as many reads of the plan and of two other members: a few a second.
  expect(cut.requestsCutOff).toBeLessThan(250);
});

test('a member whose lease lapsed joins again under a new id, with new tokens', async () => {
  const { clock, rows, join } = await openHall(3);
  const alone = join();
  await clock.advance(10_000);
  alone.cutOff = true;
  await clock.advance(15_000);
  expect(alone.leads()).toEqual([]);
  alone.cutOff = false;
  await clock.advance(20_000);

  expect(alone.leads()).toEqual([0, 1, 2]);
  expect(new Set(alone.terms.map(({ candidateId }) => candidateId)).size).toBe(2);
  expect([...rows.records.values()].map(({ token }) => token)).toEqual([2n, 2n, 2n]);
});

test('aborting the signal hands everything over, and resolves once the member is gone', async () => {
  const { clock, rows, join } = await openHall(6);
  const [a, b] = [join({ memberPrefix: 'a' }), join({ memberPrefix: 'b' })];
  await clock.advance(12_000);
  a.stop.abort();
  await clock.advance(8_000);
  await a.left;

  expect(shares([a, b])).toEqual([0, 6]);
  const states = [...rows.members.values()].map(({ memberId, state }) => [memberId[0], state]);
  expect(states).toContainEqual(['a', 'gone']);
  expect(a.terms.at(-1)?.signal.reason).toMatchObject({ why: 'resigned' });
  // The member leaves nothing that would keep a process alive.
  b.stop.abort();
  await clock.advance(20_000);
  await b.left;
  expect(clock.pending).toBe(0);
});

test('a signal that has aborted already joins nothing', async () => {
  const { rows, join, clock } = await openHall(2);
  const a = join();
  a.stop.abort();
  await clock.advance(1_000);
  await a.left;
  expect([...rows.members.values()].every(({ state }) => state === 'gone')).toBe(true);
});

test('a spare takes the whole share of a member that leaves, in one move for each partition', async () => {
  const { clock, join } = await openHall(10);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  const c = join({ timings: { leaseDurationMs: 10_000, renewIntervalMs: 3_000, spareMs: 60_000 } });
  await clock.advance(6_000);
  expect(shares([a, b, c])).toEqual([5, 5, 0]);
  const share = a.leads();
  const before = b.terms.length;
  a.stop.abort();
  await clock.advance(10_000);
  await a.left;

  expect(c.leads()).toEqual(share);
  expect(b.terms).toHaveLength(before);
});

test('a spare that finds a group without members does not wait', async () => {
  const { clock, join } = await openHall(4);
  const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000, spareMs: 60_000 };
  const [a, b] = [join({ timings }), join({ timings })];
  await clock.advance(12_000);

  expect(shares([a, b]).reduce((sum, share) => sum + share)).toBe(4);
});

test('a group that was raised has its new partitions led, by members that were told of fewer too', async () => {
  const { clock, operator, join } = await openHall(3);
  const a = join();
  await clock.advance(10_000);
  expect(await operator.create({ partitions: 5 })).toBe('raised');
  await clock.advance(10_000);
  expect(a.leads()).toEqual([0, 1, 2, 3, 4]);
  expect(await operator.create({ partitions: 5 })).toBe('unchanged');
});

test('capacity sets a member’s share', async () => {
  const { clock, join } = await openHall(12);
  const [large, small] = [join({ capacity: 3 }), join({ capacity: 1 })];
  await clock.advance(12_000);
  expect(shares([large, small])).toEqual([9, 3]);
});

test('weights that a function gives set the shares: one heavy partition stands alone', async () => {
  const { clock, join } = await openHall(5);
  const weightOf = (partition: number) => (partition === 0 ? 4 : 1);
  const members = [join({ weightOf }), join({ weightOf })];
  await clock.advance(12_000);
  expect(shares(members).sort((a, b) => a - b)).toEqual([1, 4]);
});

test('weights that members measure reach the planners, and partitions drift apart', async () => {
  const { clock, rows, join } = await openHall(6);
  const members = [join({ weightOf: 'measured' }), join({ weightOf: 'measured' })];
  await clock.advance(12_000);
  expect(shares(members)).toEqual([3, 3]);
  const [heavy] = members[0]?.leads() ?? [];
  for (const { group, leads } of members) {
    for (const partition of leads()) group.report(partition, partition === heavy ? 10 : 1);
  }
  await clock.advance(600_000);

  expect(rows.loads.size).toBe(2);
  const owner = members.find(({ leads }) => leads().includes(heavy ?? -1));
  expect(owner?.leads()).toEqual([heavy]);
  expect(shares(members).sort((a, b) => a - b)).toEqual([1, 5]);
});
