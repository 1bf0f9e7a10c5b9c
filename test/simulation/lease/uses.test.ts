/** Preference, a bridge and what a leader proclaims, as inputs of runs in which everything else goes wrong too. */
import { afterAll, expect, test, vi } from 'vitest';
import { addCoverage } from '../shared/faults/fault-table.ts';
import { simulate } from './run.ts';

const SEEDS = 80;

// Journals that throw are told of by thousands.
const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
afterAll(() => warnings.mockRestore());

test.each([
  {
    what: 'scores that jump and lie move the role no sooner than they may, and not at all once they rest',
    also: ['prefers', 'proclaims'],
    reached: ['another is better', 'handed over to a better one', 'proclaims'],
  },
  {
    what: 'bridges lead only while they hold both, whenever the old lock is lost or fails',
    also: ['bridges', 'old-lock-lost'],
    reached: ['elected', 'old-lock-lost', 'lost: deposed'],
  },
])('$what', async ({ also, reached }) => {
  const coverage = new Map<string, number>();
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const report = await simulate({ seed, also });
    addCoverage(coverage, report.coverage);
    expect({ seed, violations: report.violations }).toEqual({ seed, violations: [] });
  }
  for (const name of reached) expect([name, coverage.get(name) ?? 0]).toSatisfy(isOften);
});

const isOften = ([, times]: readonly [string, number]) => times > 10;
