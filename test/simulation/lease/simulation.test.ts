import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Violation } from '../../judge/invariants.ts';
import { addCoverage } from '../shared/faults/fault-table.ts';
import { CALLBACKS } from '../shared/user-code.ts';
import { FAULTS } from './fault-table.ts';
import { RARELY } from './faults.ts';
import { simulate } from './run.ts';
import { TRIAL_NAMES } from './trial.ts';

const SEEDS = 400;
/** In few runs of these few; they have runs of their own below. */
const RARE = Object.keys(FAULTS).filter((name) => FAULTS[name]?.inRuns === RARELY);
/** Those that a seed draws. The others are what a run is told to have: `uses.test.ts` runs them. */
const DRAWN = Object.keys(FAULTS).filter((name) => FAULTS[name]?.inRuns !== 0);

describe('the simulated elections', () => {
  const coverage = new Map<string, number>();
  const violations: (Violation & { seed: number })[] = [];

  // Journals that throw are told of by thousands.
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  afterAll(() => warnings.mockRestore());

  beforeAll(async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const report = await simulate({ seed });
      addCoverage(coverage, report.coverage);
      violations.push(...report.violations.map((violation) => ({ ...violation, seed })));
    }
  }, 300_000);

  it('violate no invariant, whatever goes wrong', () => {
    expect(violations).toEqual([]);
  });

  it.each(DRAWN.filter((fault) => !RARE.includes(fault)))('reach the fault %s', (fault) => {
    expect(coverage.get(fault) ?? 0).toBeGreaterThan(20);
  });

  it.each([
    'elected',
    'resigned',
    'lost: lapsed',
    'lost: deposed',
    'lost: unhealthy',
    'fence refused',
    'own nonce read back',
    'campaign failed: WorkStuckError',
    'lasts as asked',
    'cannot last as asked',
    'waited for a sign of life',
  ])('reach the case "%s"', (name) => {
    expect(coverage.get(name) ?? 0).toBeGreaterThan(20);
  });

  it.each(CALLBACKS)('strike the callback %s', (callback) => {
    const strikes = [...coverage].filter(([name]) => name.startsWith(`${callback} callback-`));
    expect(strikes.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(5);
  });

  it.each(TRIAL_NAMES)('try a healthy leader with %s', (name) => {
    expect(coverage.get(`tried: ${name}`) ?? 0).toBeGreaterThan(20);
  });

  it.each([3, 77, 1234])('repeat seed %i to the last line', async (seed) => {
    const first = await simulate({ seed, tells: true });
    const second = await simulate({ seed, tells: true });

    expect(first.timeline.length).toBeGreaterThan(20);
    expect(second.timeline).toEqual(first.timeline);
    expect(second.digest).toBe(first.digest);
  });

  it.each(RARE)('keep their tokens with %s', async (fault) => {
    let reached = 0;
    for (let seed = 5_000; seed < 5_060; seed += 1) {
      const faults = [fault, 'killed', 'sigterm', 'answer-lost', 'cut-from-store'];
      const report = await simulate({ seed, faults });
      reached += report.coverage.get(fault) ?? 0;
      expect({ seed, violations: report.violations }).toEqual({ seed, violations: [] });
    }
    expect(reached).toBeGreaterThan(10);
  });

  it('refuse to start an election again whose record was deleted', async () => {
    const total = new Map<string, number>();
    for (let seed = 6_000; seed < 6_030; seed += 1) {
      const { coverage: found } = await simulate({ seed, faults: ['row-deleted', 'killed'] });
      addCoverage(total, found);
    }
    expect(total.get('campaign failed: TokenRegressionError') ?? 0).toBeGreaterThan(20);
  });
});
