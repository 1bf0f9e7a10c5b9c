/** `observe`: what the first look shows, and what counts as a change. */
import { expect, test } from 'vitest';
import { createElection } from '../../lib/index.ts';
import { createMemory, manualClock, memoryLease } from '../../lib/testing/index.ts';

test('says at once that there is no leader, then who leads, and then that there is none again', async () => {
  const clock = manualClock();
  const memory = createMemory();
  const elect = () => createElection({ name: 'e', via: memoryLease(memory), clock });
  const watch = new AbortController();
  const seen: (string | undefined)[] = [];
  const watching = (async () => {
    for await (const leader of elect().observe({ signal: watch.signal })) {
      seen.push(leader?.candidateId);
    }
  })();

  await clock.advance(10_000);
  expect(seen).toEqual([undefined]);
  const leader = elect();
  const term = await leader.campaign();
  await clock.advance(10_000);
  expect(seen).toEqual([undefined, leader.candidateId]);
  await term.resign();
  await clock.advance(10_000);

  expect(seen).toEqual([undefined, leader.candidateId, undefined]);
  watch.abort();
  await watching;
});
