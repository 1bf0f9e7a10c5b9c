/** How much members ask of a store that is slow, or answers nobody: what it queues, heartbeats wait behind. */
import { expect, test } from 'vitest';
import type { RecordWrite } from '../../../lib/core/group/writes.ts';
import type { GroupMechanism } from '../../../lib/index.ts';
import { createMemoryGroup } from '../../../lib/testing/index.ts';
import { type Hall, openHall } from './hall.ts';

/** A store that takes 200 ms for each batch, and says what it was sent. */
function slowStore({ clock, rows }: Hall) {
  const batches: (readonly RecordWrite['kind'][])[] = [];
  const seen = { underWay: 0, most: 0 };
  const store = createMemoryGroup(rows);
  const via: GroupMechanism = {
    kind: 'group',
    open: () => ({
      ...store,
      async writeRecords(writes, options) {
        batches.push(writes.map(({ kind }) => kind));
        seen.underWay += 1;
        seen.most = Math.max(seen.most, seen.underWay);
        await new Promise<void>((resolve) => void clock.setTimer(200, resolve));
        seen.underWay -= 1;
        return store.writeRecords(writes, options);
      },
    }),
  };
  return { via, batches, seen };
}

test('a share of two hundred partitions is taken and released a batch at a time', async () => {
  const hall = await openHall(200);
  const { via, batches, seen } = slowStore(hall);
  const a = hall.join({ via });
  await hall.clock.advance(10_000);

  expect(a.leads()).toHaveLength(200);
  expect(batches.map(({ length }) => length)).toEqual(Array(8).fill(25));
  expect(seen.most).toBe(1);

  batches.length = 0;
  a.stop.abort();
  await hall.clock.advance(20_000);
  await a.left;

  // The first term that settles is released at once, the others in full batches behind it.
  expect(batches.flat()).toEqual(Array(200).fill('release'));
  expect(batches.length).toBe(1 + 8);
  expect(seen.most).toBe(1);
});

test('members that nobody answers ask a few times a second, and watch no more rows than before', async () => {
  const { clock, join } = await openHall(10);
  const members = Array.from({ length: 10 }, () => join());
  await clock.advance(30_000);
  for (const member of members) member.cutOff = true;
  const leaseAliveMs = 9_000;
  await clock.advance(leaseAliveMs);

  const asked = members.reduce((sum, { requestsCutOff }) => sum + requestsCutOff, 0);
  expect(asked / members.length / (leaseAliveMs / 1_000)).toBeLessThan(6);
});
