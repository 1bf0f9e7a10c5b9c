/** What a member tells the journal when a partition moves to it: how long it had no leader, and which have none. */
import { expect, test } from 'vitest';
import type { JournalEvent } from '../../../lib/index.ts';
import { type Joined, openHall } from './hall.ts';

type Told<Name> = Extract<JournalEvent, { readonly event: Name }>;

function told<Name extends JournalEvent['event']>({ journal }: Joined, name: Name) {
  return journal.events.filter((event): event is Told<Name> => event.event === name);
}

const leaderlessOf = (member: Joined) =>
  told(member, 'elected').map(({ leaderlessMs }) => leaderlessMs);

test('a partition that nobody led before says no time without a leader', async () => {
  const { clock, join } = await openHall(4);
  const alone = join();
  await clock.advance(12_000);

  expect(leaderlessOf(alone)).toEqual([undefined, undefined, undefined, undefined]);
  expect(told(alone, 'heartbeat').at(-1)).toMatchObject({ vacant: 0, version: 1, imbalance: 1 });
});

test('a partition that is handed over says how long since its old leader was seen', async () => {
  const { clock, join } = await openHall(4);
  const [a, b] = [join({ memberPrefix: 'a' }), join({ memberPrefix: 'b' })];
  await clock.advance(12_000);
  const before = leaderlessOf(b).length;
  a.stop.abort();
  await clock.advance(12_000);
  await a.left;

  const leaderless = leaderlessOf(b).slice(before);
  expect(leaderless).toHaveLength(2);
  for (const ms of leaderless) expect(ms).toBeLessThanOrEqual(500);
});

test('a partition whose leader died says how long since its last heartbeat: about a lease', async () => {
  const { clock, join } = await openHall(4);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  const before = leaderlessOf(b).length;
  a.cutOff = true;
  await clock.advance(20_000);

  const leaderless = leaderlessOf(b).slice(before);
  expect(leaderless).toHaveLength(2);
  for (const ms of leaderless) {
    expect(ms).toBeGreaterThan(9_000);
    expect(ms).toBeLessThan(16_000);
  }
  expect(told(b, 'deposed')).toHaveLength(1);
});

test('a partition that nobody can lead is vacant, and one that its old leader still leads is not', async () => {
  const { clock, rows, join } = await openHall(3);
  const stuck = join({ work: () => new Promise<void>(() => undefined) });
  await clock.advance(12_000);
  const next = join();
  await clock.advance(9_000);
  expect(told(next, 'heartbeat').map(({ vacant }) => vacant)).not.toContain(1);
  expect(stuck.leads().length).toBeGreaterThan(0);

  const alone = await openHall(2);
  alone.rows.records.delete(1);
  const member = alone.join();
  await alone.clock.advance(12_000);
  expect(member.leads()).toEqual([0]);
  expect(told(member, 'heartbeat').at(-1)?.vacant).toBe(1);
  expect(rows.records.size).toBe(3);
});

test('the plan that a new member finds is not told as new, and its age counts as no delay', async () => {
  const { clock, join } = await openHall(4);
  const a = join();
  await clock.advance(600_000);
  const b = join();
  await clock.advance(12_000);

  const delays = [a, b].flatMap((member) => told(member, 'planned').map(({ delayMs }) => delayMs));
  for (const delay of delays) expect(delay ?? 0).toBeLessThan(5_000);
});

test('a refused write of a partition names its group, as everything that its member tells', async () => {
  const { clock, join } = await openHall(2);
  const a = join();
  await clock.advance(12_000);
  const [term] = a.terms;
  const rejected = { event: 'fence-rejected', token: 1n, highestToken: 2n, resource: 'r' } as const;
  term?.journal.record({ ...rejected, election: 'orders/0', candidateId: 'x', atEpochMs: 0 });

  expect(told(a, 'fence-rejected')).toMatchObject([
    { group: 'orders', partition: term?.partition },
  ]);
});
