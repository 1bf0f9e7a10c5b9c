import { expect, it } from 'vitest';
import { FAULTS } from './faults.ts';
import { simulateGroup } from './run.ts';

const SEEDS = 200;

it(`holds every invariant and settles in ${SEEDS} seeds of a group under every fault`, () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violations, coverage } = simulateGroup({ seed });
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    for (const fault of coverage.keys()) seen.add(fault);
  }
  expect(Object.keys(FAULTS).filter((fault) => !seen.has(fault))).toEqual([]);
  expect([...seen]).toEqual(
    expect.arrayContaining(['note deposed', 'note stuck', 'note plan-unreadable', 'note parted']),
  );
  // Seconds on an idle machine, minutes on a busy one: a deadline that only a hang reaches.
}, 300_000);

it('takes the same course from the same seed', () => {
  const [once, again] = [7, 7].map((seed) => simulateGroup({ seed, tells: true }).timeline);

  expect(once).toEqual(again);
  expect(once?.length).toBeGreaterThan(100);
});
