/**
 * The short chaos run: real processes, every kind of fault, a lease and a baton.
 * `npm run chaos -- --minutes 30` is the long one.
 */
import { describe, expect, it } from 'vitest';
import { dynamoDbEndpoint } from '../support/dynamodb.ts';
import { chaos } from './chaos.ts';
import { FAULTS } from './faults.ts';
import { BATONS_MAX } from './judging/report.ts';
import { VIAS } from './workers/ways.ts';

/** A deadline that only a hang reaches. */
const timeout = 300_000;

describe.each(VIAS)('leaders elected by a %s', (via) => {
  it('keep every promise through kills, stops, jumping clocks and a failing network', {
    timeout,
  }, async () => {
    const endpoint = await dynamoDbEndpoint();
    const report = await chaos({ via, durationMs: 15_000, seed: 3, endpoint });

    expect(report.violations).toEqual([]);
    expect(new Set(Object.keys(report.injected))).toEqual(new Set(FAULTS.map(({ kind }) => kind)));
    expect(report.injected).toHaveProperty('wall clock moved');
    const { seen } = report;
    // The first, and one after each leader that was killed, stopped, frozen and asked to leave.
    expect(seen.terms).toBeGreaterThanOrEqual(5);
    expect(seen['writes refused at the rows']).toBeGreaterThan(0);
    // Twenty are waited for once nothing is wrong; the others were acknowledged among the faults.
    expect(seen['additions acknowledged']).toBeGreaterThan(20);
    if (via === 'lease') expect(seen['versions of the record']).toBeGreaterThan(10);
    else expect(seen['batons left']).toSatisfy((left: number) => left > 0 && left <= BATONS_MAX);
  });
});
