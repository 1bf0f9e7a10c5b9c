/**
 * The hint of a release: the caller that waits for the end of a term also waits for the hint. Otherwise
 * a process that exits at once would not send it.
 */
import { expect, it } from 'vitest';
import { createElection } from '../../../lib/index.ts';
import { createMemory, manualClock, memoryLease } from '../../../lib/testing/index.ts';

/** A leader whose announcements are answered by the test. */
async function leader() {
  const clock = manualClock();
  const sent = Promise.withResolvers<void>();
  let announced = 0;
  const hints = () => ({
    announce() {
      announced += 1;
      return sent.promise;
    },
    wait: () => new Promise<void>(() => {}),
  });
  const via = { ...memoryLease(createMemory()), hints };
  const election = createElection({ name: 'farewell', via, clock });
  const campaign = election.campaign();
  await clock.advance(0);
  let ended = false;
  const term = await campaign;
  void term.resign().then(() => {
    ended = true;
  });
  await clock.advance(0);
  return { clock, sent, timings: election.timings, announced: () => announced, ended: () => ended };
}

it('has left before the term is said to have ended', async () => {
  const { clock, sent, announced, ended } = await leader();
  expect(announced()).toBe(1);
  expect(ended()).toBe(false);

  sent.resolve();
  await clock.advance(0);

  expect(ended()).toBe(true);
});

it('is given up after the deadline of one attempt', async () => {
  const { clock, timings, ended } = await leader();

  await clock.advance(timings.writeTimeoutMs);

  expect(ended()).toBe(true);
});
