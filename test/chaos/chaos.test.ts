import { expect, it } from 'vitest';
import { chaos } from './chaos.ts';

it('keeps every acknowledged update through kills, stops and a failing network', {
  timeout: 300_000,
}, async () => {
  const report = await chaos({ durationMs: 20_000, seed: 3 });

  expect(report.violations).toEqual([]);
  expect(report.seen.elected ?? 0).toBeGreaterThan(0);
  expect(report.seen.acknowledged ?? 0).toBeGreaterThan(20);
  expect(report.acknowledgedAfterHealing).toBeGreaterThan(0);
  expect(Object.keys(report.injected).length).toBeGreaterThan(3);
});
