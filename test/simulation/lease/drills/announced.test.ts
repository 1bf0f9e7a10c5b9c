import { expect, it } from 'vitest';
import { simulateAnnounced, WISHES } from './announced.ts';

const SEEDS = 200;

it.each(WISHES)('leaves nobody leading for a few round trips only: %s', async (wish) => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violations } = await simulateAnnounced({ seed, wish });
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
});
