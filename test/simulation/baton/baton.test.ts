/**
 * The baton under every fault at once, in virtual time: lost and late messages, pauses, crashes, clocks
 * that run apart. The same with one of SQS's rules broken shows what the election rests on.
 *
 * A failing seed is replayed by `simulateBaton({ seed })` alone.
 */
import { describe, expect, it } from 'vitest';
import type { InvariantName } from '../../judge/invariants.ts';
import { TIMINGS } from './candidates.ts';
import type { BrokenRules } from './network.ts';
import { simulateBaton } from './run.ts';

const SEEDS = 400;

const runs = (broken?: BrokenRules, visibilityMs?: number) =>
  Array.from({ length: SEEDS }, (_, seed) => simulateBaton({ seed, broken, visibilityMs }));
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const violated = (all: ReturnType<typeof runs>): ReadonlySet<InvariantName> =>
  new Set(all.flatMap(({ violations }) => violations.map(({ invariant }) => invariant)));

describe('the baton under faults', () => {
  it('never has two leaders, never a token twice or lower, and a leader once faults end', () => {
    const all = runs();

    expect(all.filter(({ violations }) => violations.length > 0)).toEqual([]);
    // Enough happened for that to mean something.
    expect(sum(all.map(({ terms }) => terms))).toBeGreaterThan(SEEDS * 10);
    expect(Math.max(...all.map(({ batonsLeft }) => batonsLeft))).toBeLessThanOrEqual(10);
  });

  it('replays a run from its seed', () => {
    expect(simulateBaton({ seed: 7 })).toEqual(simulateBaton({ seed: 7 }));
  });

  it('does not rest on expired handles that cannot extend', () => {
    expect(violated(runs({ expiredExtendsAnswered: true }))).toEqual(new Set());
  });
});

describe('the simulation finds two leaders', () => {
  it('where messages of one group are delivered while another of it is in flight', () => {
    expect(violated(runs({ sharedGroup: true }))).toContain('C1');
  });

  it('where an expired handle deletes', () => {
    expect(violated(runs({ expiredDeletes: true }))).toContain('C1');
  });

  it('where the queue hides messages for less than candidates believe', () => {
    const shorterMs = TIMINGS.leaseDurationMs * 0.8;
    expect(violated(runs({}, shorterMs))).toContain('C1');
  });
});
