/**
 * The last will in virtual time: guardians that die before, with or after their process, that are frozen,
 * that are told late, in pieces, or never. A failing seed is replayed by `simulateWill({ seed })` alone.
 */
import { describe, expect, it } from 'vitest';
import { simulateGuarded } from './guarded-elections.ts';
import { FATES, simulateWill } from './run.ts';

const SEEDS = 2_000;
const GUARDED_SEEDS = 200;
const TIME_MS_MAX = 300_000;

describe('the last will, whatever becomes of the guardian', () => {
  it(
    'releases only what nobody acts for, and at once where it is told',
    async () => {
      const runs = [];
      for (let seed = 1; seed <= SEEDS; seed += 1)
        runs.push({ seed, ...(await simulateWill({ seed })) });

      expect(runs.filter(({ violations }) => violations.length > 0)).toEqual([]);
      // Enough happened for that to mean something.
      for (const fate of FATES) {
        expect(runs.filter((run) => run.fate === fate).length).toBeGreaterThan(SEEDS / 16);
      }
      const outcomes = new Set(runs.map(({ outcome }) => outcome));
      expect(outcomes).toEqual(new Set(['released', 'refused', 'lapsed', undefined]));
    },
    TIME_MS_MAX,
  );
});

describe('real elections whose processes have guardians', () => {
  it(
    'have one leader at a time, and at once another where the guardian is told of a death',
    async () => {
      const runs = [];
      for (let seed = 1; seed <= GUARDED_SEEDS; seed += 1)
        runs.push({ seed, ...(await simulateGuarded({ seed })) });

      expect(runs.filter(({ violations }) => violations.length > 0)).toEqual([]);
      const releases = runs.reduce((sum, run) => sum + run.releases, 0);
      expect(releases).toBeGreaterThan(GUARDED_SEEDS);
    },
    TIME_MS_MAX,
  );
});
