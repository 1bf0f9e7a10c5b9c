import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KILLED_AT, type KilledAt, killed, TIME_MS_MAX } from './mutant-process.ts';
import { MUTANTS } from './mutants.ts';

const SEEDS_MAX = 2_000;
const KNOWN = JSON.parse(readFileSync(KILLED_AT, 'utf8')) as KilledAt;

describe('the simulator', () => {
  it.each(MUTANTS.map(({ name, violates }, index) => ({ name, violates, index })))(
    'finds out: $name',
    { timeout: TIME_MS_MAX + 60_000 },
    async ({ name, violates, index }) => {
      const { seed, invariant } = await killed(index, SEEDS_MAX, KNOWN[name]);

      expect(seed).toBeLessThanOrEqual(SEEDS_MAX);
      expect(violates).toContain(invariant);
    },
  );
});
