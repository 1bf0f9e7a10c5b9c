/** What happens to the other partitions when the work of one partition ends or fails. */
import { expect, test } from 'vitest';
import type { PartitionTerm } from '../../../lib/index.ts';
import { openHall, shares, untilStopped } from './hall.ts';

test('work that throws gives its partition to another member, and the rest do not notice', async () => {
  const { clock, join } = await openHall(6);
  let failing: number | undefined;
  const a = join({
    async work(term) {
      failing ??= term.partition;
      if (term.partition === failing) throw new Error('cannot work here');
      await untilStopped(term);
    },
  });
  const b = join();
  await clock.advance(20_000);

  const first = a.terms.filter(({ partition }) => partition === failing);
  expect(first).toHaveLength(1);
  expect(b.leads()).toContain(failing);
  const others = a.terms.filter(({ partition }) => partition !== failing);
  expect(others.length).toBeGreaterThan(1);
  for (const term of others) expect(term.remainingMs()).toBeGreaterThan(0);
  expect(a.journal.events).toContainEqual(
    expect.objectContaining({ event: 'error', partition: failing, election: `orders/${failing}` }),
  );
  expect(first[0]?.signal.reason).toMatchObject({ why: 'unhealthy' });
});

test('work that returns gives its partition up, and it is led here again after ten leases', async () => {
  const { clock, join } = await openHall(2);
  let returned = 0;
  const a = join({
    async work(term) {
      if (term.partition === 1 && returned === 0) {
        returned += 1;
        return;
      }
      await untilStopped(term);
    },
  });
  await clock.advance(60_000);
  expect(a.leads()).toEqual([0]);
  await clock.advance(120_000);
  expect(a.leads()).toEqual([0, 1]);
});

test('term.resign gives up one partition, which another member then leads', async () => {
  const { clock, join } = await openHall(4);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  const [term] = a.group.leading().values();
  if (term === undefined) return expect.unreachable();
  void term.resign();
  await clock.advance(10_000);

  expect(b.leads()).toContain(term.partition);
  expect(term.remainingMs()).toBe(0);
  expect(a.leads().length).toBeGreaterThan(0);
});

test('a partition that is not healthy is led by another member; a process that is not healthy gives everything up', async () => {
  const { clock, join } = await openHall(4);
  const ill: { partition?: number; whole?: boolean } = {};
  const healthy = (term?: PartitionTerm) =>
    term === undefined ? !ill.whole : term.partition !== ill.partition;
  const a = join({ healthy });
  const b = join();
  await clock.advance(12_000);
  const [ailing] = a.leads();
  ill.partition = ailing ?? -1;
  await clock.advance(10_000);
  expect(b.leads()).toContain(ailing);
  expect(a.leads().length).toBeGreaterThan(0);

  ill.whole = true;
  await clock.advance(10_000);
  expect(shares([a, b])).toEqual([0, 4]);
  expect(a.journal.events.map(({ event }) => event)).toContain('gone');
});

test('a health check that throws, or never answers, counts as a no', async () => {
  const { clock, join } = await openHall(2);
  const throws = join({
    healthy: () => {
      throw new Error('no database');
    },
  });
  const hangs = join({ healthy: () => new Promise(() => undefined) });
  const well = join();
  await clock.advance(30_000);
  expect(shares([throws, hangs, well])).toEqual([0, 0, 2]);
});

test('work that does not stop keeps its partition alone, and leaving says which', async () => {
  const { clock, join } = await openHall(2);
  const stubborn = join({
    work: (term) => (term.partition === 0 ? new Promise(() => undefined) : untilStopped(term)),
  });
  await clock.advance(10_000);
  const rejected = expect(stubborn.left).rejects.toMatchObject({ code: 'WORK_STUCK' });
  stubborn.stop.abort();
  await clock.advance(30_000);
  await rejected;
  await expect(stubborn.left).rejects.toThrow('election "orders/0"');
  expect(stubborn.journal.events).toContainEqual(
    expect.objectContaining({ event: 'stuck', partition: 0 }),
  );
});

test('events say of each partition what an election says, and of the group what its plans do', async () => {
  const { clock, join } = await openHall(2);
  const a = join({ memberPrefix: 'a' });
  await clock.advance(10_000);
  a.stop.abort();
  await clock.advance(10_000);
  await a.left;

  const { events } = a.journal;
  const of = (name: string) => events.filter(({ event }) => event === name);
  expect(of('joined')).toEqual([expect.objectContaining({ election: 'orders', group: 'orders' })]);
  expect(of('elected').map(({ election, partition }) => [election, partition])).toEqual([
    ['orders/0', 0],
    ['orders/1', 1],
  ]);
  expect(of('planned')[0]).toMatchObject({ version: 1, own: true, moves: 2, members: 1 });
  expect(of('heartbeat').length).toBeGreaterThan(2);
  expect(of('resigned')).toHaveLength(2);
  expect(of('gone')).toEqual([expect.objectContaining({ why: 'resigned' })]);
  expect(events.every(({ candidateId }) => candidateId.startsWith('a/'))).toBe(true);
});
