/**
 * `tenure plan`: its timings meet the wished bounds, and its costs are those that the benchmark counted on
 * the wire.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { billOf } from '../../lib/cli/planning/bill.ts';
import { planFor } from '../../lib/cli/planning/plan.ts';
import { planLines } from '../../lib/cli/planning/plan-lines.ts';
import { HOURS_A_MONTH } from '../../lib/cli/planning/prices.ts';
import { resolveTimings } from '../../lib/index.ts';
import { startTenure } from '../support/tenure.ts';

interface Measured {
  readonly name: string;
  readonly leader: { readonly dollarsAMonth: number; readonly requests: number };
  readonly standby: { readonly dollarsAMonth: number; readonly requests: number };
}

const results = JSON.parse(
  readFileSync(new URL('../../bench/results.json', import.meta.url), 'utf8'),
) as { cost: { figures: { systems: readonly Measured[] } } };

describe('a plan', () => {
  it.each([1_400, 5_000, 13_100, 60_000])('brings a crash to at most %i ms', (crashMs) => {
    const { timings, ways } = planFor({ crashMs, elections: 1, standbys: 1 });

    const worst = ways.flatMap(({ leaderless }) => leaderless.map(({ worstMs }) => worstMs));
    expect(Math.max(...worst)).toBeLessThanOrEqual(crashMs);
    // It is the longest lease that meets the wish: 100 ms more would not.
    expect(1.3 * (timings.leaseDurationMs + 100) + 100).toBeGreaterThan(crashMs);
  });

  it.each([
    ['lease', 'tenure-lease'],
    ['lease with hints', 'tenure-hints'],
    ['baton', 'tenure-baton'],
  ] as const)(
    'counts for a %s what %s asked on the wire, within three in a hundred',
    (way, name) => {
      const measured = results.cost.figures.systems.find((system) => system.name === name);
      if (measured === undefined) throw new Error(`${name} was not measured`);
      const timings = resolveTimings({ leaseDurationMs: 3_000, renewIntervalMs: 1_000 });

      const bill = billOf(way, timings, 1);

      const requests = (measured.leader.requests + measured.standby.requests) * HOURS_A_MONTH;
      const dollars = measured.leader.dollarsAMonth + measured.standby.dollarsAMonth;
      expect(Math.abs(bill.requests / requests - 1)).toBeLessThan(0.03);
      expect(Math.abs(bill.dollars / dollars - 1)).toBeLessThan(0.03);
    },
  );

  it('ends with code that creates an election of these timings', () => {
    const plan = planFor({ crashMs: 5_000, elections: 40, standbys: 2 });

    expect(planLines(plan).join('\n')).toContain(
      `leaseDurationMs: ${plan.timings.leaseDurationMs}`,
    );
  });

  it('has no baton where its visibility would be too short for a poll', () => {
    const ways = planFor({ crashMs: 2_000, elections: 1, standbys: 1 }).ways;

    expect(ways.map(({ way }) => way)).toEqual(['lease', 'lease with hints']);
  });
});

describe('tenure plan', () => {
  it('prints JSON', async () => {
    const tenure = startTenure(['plan', '--crash', '5s', '--json']);

    expect(await tenure.ended()).toMatchObject({ code: 0 });
    expect(JSON.parse(tenure.stdout())).toMatchObject({ wish: { crashMs: 5_000 } });
  });

  it('refuses a wish that no lease keeps, with exit code 2', async () => {
    const tenure = startTenure(['plan', '--crash', '500ms']);

    expect(await tenure.ended()).toMatchObject({ code: 2 });
    expect(tenure.stderr()).toContain('--crash must be at least 1400ms, got 500ms');
  });
});
