/** `docs/scale.md` is what the planner's functions and the measured figures make of it, and they agree. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Results } from '../../bench/report/results.ts';
import { scalePage } from '../../bench/report/scale-page.ts';
import { growthTo, reachedLimits, renewalsABatch } from '../../lib/cli/planning/growth.ts';
import { resolveTimings } from '../../lib/index.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const results = JSON.parse(read('bench/results.json')) as Results;
const timings = resolveTimings({});

describe('the page of scale', () => {
  it('is what `npm run bench -- report` writes', () => {
    expect(read('docs/scale.md')).toBe(scalePage(results));
  });

  const runs = results.scale?.figures.runs ?? [];
  it.each(runs)(
    'foretells the requests of $elections elections, in batches: $batchRenewals',
    (run) => {
      const { elections, batchRenewals, requests, elapsedMs } = run;
      const { renewalsASecond } = growthTo(elections, timings);
      const measured = (requests * 1_000) / elapsedMs;
      const each = batchRenewals ? renewalsABatch(elections, timings) : 1;

      expect(measured).toBeLessThan((renewalsASecond / each) * 1.15);
      if (!batchRenewals) expect(measured).toBeGreaterThan((renewalsASecond / each) * 0.85);
    },
  );

  it('names the limits in the order in which they are reached', () => {
    const at = reachedLimits(timings).map((reached) => reached.at);

    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(Math.min(...at)).toBeGreaterThan(1);
  });

  it('has partitions cost a twentieth of elections from a thousand on', () => {
    for (const elections of [1_000, 1_000_000]) {
      const { lease, partitions } = growthTo(elections, timings);
      expect(partitions.bill.dollars).toBeLessThan(lease.dollars / 20);
    }
  });
});
