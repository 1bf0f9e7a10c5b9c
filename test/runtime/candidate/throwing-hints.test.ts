/** A hint channel that throws before it returns a promise: hints are lost, and nothing else. */
import { expect, onTestFinished, test } from 'vitest';
import { createElection, type Hints } from '../../../lib/index.ts';
import { collectingJournal, manualClock, memoryLease } from '../../../lib/testing/index.ts';

const broken: Hints = {
  announce: () => {
    throw new Error('no channel to announce on');
  },
  wait: () => {
    throw new Error('no channel to listen on');
  },
};

test('a channel that throws ends no campaign, no release and no process', async () => {
  const unhandled: unknown[] = [];
  const listen = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', listen);
  onTestFinished(() => void process.off('unhandledRejection', listen));
  const clock = manualClock();
  const journal = collectingJournal();
  const via = { ...memoryLease(), hints: () => broken };
  const make = () => createElection({ name: 'e', via, clock, journal });
  const first = await make().campaign();
  const next = make().campaign();
  await clock.advance(7_000);

  await first.resign();
  await clock.advance(7_000);

  expect((await next).token).toBe(2n);
  await (await next).resign();
  await clock.advance(0);
  expect(unhandled).toEqual([]);
  expect(clock.pending).toBe(0);
  expect(journal.events).toContainEqual(
    expect.objectContaining({ error: new Error('no channel to announce on') }),
  );
});
