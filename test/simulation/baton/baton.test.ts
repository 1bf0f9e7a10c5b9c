/**
 * The baton under every fault at once, in virtual time: lost and late messages, pauses, crashes, clocks that
 * run apart, an account that refuses, a user's callbacks. The same with one of SQS's rules broken shows what
 * the election rests on.
 *
 * A failing seed is replayed by `simulateBaton({ seed })` alone.
 */
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { InvariantName } from '../../judge/invariants.ts';
import { addCoverage } from '../shared/faults/fault-table.ts';
import { FAULTS } from './faults.ts';
import type { BrokenRules } from './network.ts';
import { type BatonRunReport, simulateBaton } from './run.ts';
import { TIMINGS } from './world.ts';

const SEEDS = 300;
/** Found within the first few; a limit that only a defect of the simulation reaches. */
const BROKEN = { timeout: 300_000 };

// Journals that throw are told of by thousands.
const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
afterAll(() => warnings.mockRestore());

/** The first seed at which the invariant is violated. */
async function finds(invariant: InvariantName, broken: BrokenRules, visibilityMs?: number) {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const { violations } = await simulateBaton({ seed, broken, visibilityMs });
    if (violations.some((found) => found.invariant === invariant)) return seed;
  }
  return undefined;
}

async function runs(broken?: BrokenRules): Promise<readonly BatonRunReport[]> {
  const all: BatonRunReport[] = [];
  for (let seed = 0; seed < SEEDS; seed += 1) all.push(await simulateBaton({ seed, broken }));
  return all;
}

describe('the baton under faults', () => {
  it('never has two leaders, never a token twice or lower, and a leader once faults end', {
    timeout: 300_000,
  }, async () => {
    const all = await runs();

    expect(all.filter(({ violations }) => violations.length > 0)).toEqual([]);
    // Enough happened for that to mean something.
    expect(all.reduce((sum, { terms }) => sum + terms, 0)).toBeGreaterThan(SEEDS * 5);
    expect(Math.max(...all.map(({ batonsLeft }) => batonsLeft))).toBeLessThanOrEqual(10);
    const reached = new Map<string, number>();
    for (const { coverage } of all) addCoverage(reached, coverage);
    expect(Object.keys(FAULTS).filter((name) => !reached.has(name))).toEqual(['stale-read']);
  });

  it('replays a run from its seed', async () => {
    expect(await simulateBaton({ seed: 7 })).toEqual(await simulateBaton({ seed: 7 }));
  });

  it('does not rest on expired handles that cannot extend', { timeout: 300_000 }, async () => {
    const all = await runs({ expiredExtendsAnswered: true });
    expect(all.flatMap(({ violations }) => violations)).toEqual([]);
  });
});

describe('the simulation finds two leaders', BROKEN, () => {
  it('where messages of one group are delivered while another of it is in flight', async () => {
    expect(await finds('C1', { sharedGroup: true })).toBeDefined();
  });

  it('where an expired handle deletes', async () => {
    expect(await finds('C1', { expiredDeletes: true })).toBeDefined();
  });

  it('where the queue hides messages for less than candidates believe', async () => {
    expect(await finds('C1', {}, TIMINGS.leaseDurationMs * 0.8)).toBeDefined();
  });
});
