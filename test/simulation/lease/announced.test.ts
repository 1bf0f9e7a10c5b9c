import { expect, it } from 'vitest';
import { simulateAnnounced } from './announced.ts';

const SEEDS = 200;

it.each([
  ['a leader that is told to stop', false],
  ['a leader that hands over to one candidate', true],
])('leaves nobody leading for a few round trips only: %s', async (_, transfers) => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violations } = await simulateAnnounced({ seed, transfers });
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
});
