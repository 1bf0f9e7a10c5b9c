import { describe, expect, it } from 'vitest';
import { killed, TIME_MS_MAX } from './mutant-process.ts';
import { MUTANTS } from './mutants.ts';

const SEEDS_MAX = 2_000;

describe('the simulator', () => {
  it.each(MUTANTS.map(({ name, violates }, index) => ({ name, violates, index })))(
    'finds out: $name',
    { timeout: TIME_MS_MAX + 60_000 },
    async ({ violates, index }) => {
      const { seed, invariant } = await killed(index, SEEDS_MAX);

      expect(seed).toBeLessThanOrEqual(SEEDS_MAX);
      expect(violates).toContain(invariant);
    },
  );
});
