import { expect, test } from 'vitest';
import { createGroup } from '../../../lib/index.ts';
import { openHall, shares } from './hall.ts';

const idOf = (member: { terms: readonly { candidateId: string }[] }) =>
  member.terms[0]?.candidateId ?? '';

test('a partition that is moved stays where it was moved to, until the move ends', async () => {
  const { clock, operator, join } = await openHall(8);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  const [partition = -1] = a.leads();
  await operator.move({ partition, to: idOf(b), forMs: 300_000 });
  await clock.advance(10_000);
  expect(b.leads()).toContain(partition);
  await clock.advance(200_000);
  expect(b.leads()).toContain(partition);
  // The shares are even, whatever is pinned.
  expect(shares([a, b])).toEqual([4, 4]);
});

test('rebalancing takes moves back', async () => {
  const { clock, operator, join } = await openHall(4);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  for (const partition of [0, 1, 2, 3]) {
    await operator.move({ partition, to: idOf(b), forMs: 3_600_000 });
  }
  await clock.advance(60_000);
  expect(shares([a, b])).toEqual([0, 4]);
  expect((await operator.rebalance()).changed).toBe(true);
  expect((await operator.rebalance()).changed).toBe(false);
  await clock.advance(90_000);
  expect(shares([a, b])).toEqual([2, 2]);
});

test('a partition that is resigned by an operator is led by another member', async () => {
  const { clock, operator, join } = await openHall(6);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  const [partition = -1] = a.leads();
  await operator.resignPartition(partition);
  await clock.advance(10_000);
  expect(b.leads()).toContain(partition);
});

test('a member that is asked to resign hands everything over, and comes back later', async () => {
  const { clock, operator, join } = await openHall(6);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  expect(await operator.resignMember(idOf(a))).toBe(true);
  await clock.advance(10_000);
  expect(shares([a, b])).toEqual([0, 6]);
  await clock.advance(60_000);
  expect(shares([a, b])).toEqual([3, 3]);
});

test('a member that is deposed stops by its own clock before its partitions are led by others', async () => {
  const { clock, operator, join } = await openHall(6);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  const terms = [...a.group.leading().values()];
  // The member cannot read that it is deposed, and leads until its lease ends.
  a.cutOff = true;
  expect(await operator.deposeMember(idOf(a))).toEqual({ kind: 'deposed', closedMs: 10_000 });
  for (let second = 0; second < 25; second += 1) {
    await clock.advance(1_000);
    const led = b.leads();
    const both = terms.filter((term) => term.remainingMs() > 0 && led.includes(term.partition));
    expect(both).toEqual([]);
  }
  expect(shares([b])).toEqual([6]);
});

test('a record that was deleted is led again once an operator has given it a token', async () => {
  const { clock, rows, operator, join } = await openHall(3);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  const [partition = -1] = a.leads();
  rows.records.delete(partition);
  a.stop.abort();
  await clock.advance(15_000);
  expect(shares([b])).toEqual([2]);
  expect(b.journal.events).toContainEqual(
    expect.objectContaining({
      ...{ event: 'error', partition },
      error: expect.objectContaining({ code: 'TOKEN_REGRESSION' }),
    }),
  );
  const seeded = operator.reseed({ partition, token: 4_711n });
  await clock.advance(20_000);
  await seeded;
  await clock.advance(15_000);

  expect(b.leads()).toEqual([0, 1, 2]);
  expect(b.group.leading().get(partition)?.token).toBe(4_712n);
  await expect(operator.reseed({ partition, token: 5n })).rejects.toThrow('at least 4712');
});

test.each([
  'its row was deleted',
  'an operator deposed it, and waits',
  'its record was deleted, and its row',
  'its record was deleted, and an operator deposed it',
])('a partition is reseeded once the member that may lead it has stopped: %s', async (what) => {
  const { clock, rows, operator, join } = await openHall(3);
  const a = join();
  await clock.advance(12_000);
  const term = a.group.leading().get(1);
  a.cutOff = true;
  if (what.includes('deposed')) await operator.deposeMember(idOf(a));
  if (what.includes('row')) rows.members.delete(idOf(a));
  if (what.includes('record')) rows.records.delete(1);
  const reseeded = operator.reseed({ partition: 1, token: 4_711n });
  let reseededAfterMs = 0;
  while (rows.records.get(1)?.token !== 4_711n && reseededAfterMs < 60_000) {
    await clock.advance(250);
    reseededAfterMs += 250;
  }
  expect(term?.remainingMs()).toBe(0);
  await clock.advance(1_000);
  await reseeded;
  const b = join();
  await clock.advance(20_000);
  expect(b.group.leading().get(1)?.token).toBe(4_712n);
});

test('a look shows every row of the group', async () => {
  const { clock, operator, join } = await openHall(3);
  const a = join({ attributes: { url: 'http://10.0.0.7' } });
  await clock.advance(10_000);
  const seen = await operator.look();
  expect(seen.head).toMatchObject({ partitions: 3, version: 1 });
  expect(seen.plan?.owners).toEqual([0, 0, 0]);
  expect(seen.members).toMatchObject([{ memberId: idOf(a), state: 'active', capacity: 1 }]);
  expect([...seen.records.values()].map((record) => record?.holder)).toEqual(
    Array(3).fill(idOf(a)),
  );
});

test('a process that watches sees who leads each partition, with the attributes of its leader', async () => {
  const { clock, via, join } = await openHall(4);
  const a = join({ attributes: { url: 'http://10.0.0.7' } });
  await clock.advance(10_000);
  const stop = new AbortController();
  const watcher = createGroup({ name: 'orders', partitions: 4, via, clock });
  const maps = watcher.observe({ signal: stop.signal });
  const first = (await maps.next()).value;
  expect(first?.leaderOf(2)).toMatchObject({
    candidateId: idOf(a),
    token: 1n,
    state: 'leading',
    attributes: { url: 'http://10.0.0.7' },
  });

  // A partition of a silent member shows no leader until another member leads it.
  const seen: number[] = [];
  const watching = (async () => {
    for await (const map of maps) seen.push(map.leaders.size);
  })();
  a.cutOff = true;
  await clock.advance(20_000);
  expect(seen.at(-1)).toBe(0);
  a.cutOff = false;
  await clock.advance(30_000);
  expect(seen.at(-1)).toBe(4);
  stop.abort();
  await clock.advance(5_000);
  await watching;
});

test('an operator changes nothing in a plan that cannot be read', async () => {
  const { clock, rows, operator, join } = await openHall(4);
  const a = join();
  await clock.advance(10_000);
  rows.bodies.clear();
  const { head } = rows;
  const move = operator.move({ partition: 1, to: idOf(a), forMs: 60_000 });
  await expect(move).rejects.toMatchObject({ code: 'MALFORMED_DATA' });
  await expect(operator.rebalance()).rejects.toThrow('the next member that joins plans again');
  const reseeded = operator.reseed({ partition: 1, token: 9n });
  await expect(reseeded).rejects.toMatchObject({ code: 'MALFORMED_DATA' });
  expect(rows.head).toEqual(head);
  expect(a.leads()).toEqual([0, 1, 2, 3]);
});
