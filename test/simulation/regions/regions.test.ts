/**
 * Two hours of Region faults in virtual time: Regions cut off, gone for minutes and for hours, links that
 * are cut or slow, and what goes wrong with processes and calls. The same over a table that is eventually
 * consistent shows what an election across Regions rests on.
 *
 * A failing seed is told by `npm run simulate -- --regions --seed N`.
 */
import { describe, expect, it } from 'vitest';
import { addCoverage } from '../shared/faults/fault-table.ts';
import { FAULTS } from './faults.ts';
import { simulateRegions } from './run.ts';

const SEEDS = 24;
/** Only a defect of the simulation takes so long. */
const LONG = { timeout: 300_000 };
/** Rows of candidates stay for hours, and those of terms for a quarter of an hour and until the next walk. */
const ROWS_MAX = 200;
/** What these seeds must have met. */
const REACHED = [
  ...Object.keys(FAULTS),
  ...['a witness', 'elected at home', 'elected elsewhere', 'fenced write'],
  ...['refused by a replica that was cut off', 'cut off with a call under way'],
  ...['conflict between Regions', 'a term that was deleted', 'a candidate that was deleted'],
];

describe('an election over several Regions', () => {
  it(
    'has one leader at most always, and one wherever two Regions of three are up',
    LONG,
    async () => {
      const reached = new Map<string, number>();
      const failed: unknown[] = [];
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const { violations, coverage, rows } = await simulateRegions({ seed });
        if (violations.length > 0) failed.push({ seed, violations });
        expect(rows).toBeLessThan(ROWS_MAX);
        addCoverage(reached, coverage);
      }
      expect(failed).toEqual([]);
      expect(REACHED.filter((name) => !reached.has(name))).toEqual([]);
    },
  );

  it('replays a run from its seed', LONG, async () => {
    expect(await simulateRegions({ seed: 7 })).toEqual(await simulateRegions({ seed: 7 }));
  });
});

describe('over a table that is eventually consistent', () => {
  it('the simulation finds two leaders, and a token that was given twice', LONG, async () => {
    const found = new Set<string>();
    for (let seed = 1; seed <= SEEDS && !(found.has('C1') && found.has('S2')); seed += 1) {
      const { violations } = await simulateRegions({ seed, consistency: 'eventual' });
      for (const { invariant } of violations) found.add(invariant);
    }
    expect([...found]).toEqual(expect.arrayContaining(['C1', 'S2']));
  });
});
