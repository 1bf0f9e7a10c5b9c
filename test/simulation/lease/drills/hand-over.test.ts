import { expect, it } from 'vitest';
import { simulateHandOver } from './hand-over.ts';

const SEEDS = 200;

it('takes a few round trips to hand over by a hint, though leaders had polls open when elected', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violations, tookMs } = await simulateHandOver({ seed });
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    expect(tookMs).toBeGreaterThan(0);
  }
});
