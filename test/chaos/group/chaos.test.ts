/** The short chaos run of a group: real processes, each kind of fault once. */
import { expect, it } from 'vitest';
import { dynamoDbEndpoint } from '../../support/dynamodb.ts';
import { groupChaos } from './chaos.ts';

/** A deadline that only a hang reaches. */
const timeout = 1_800_000;

it('keeps every promise for each partition through kills, a freeze, a cut, leaving and joining', {
  timeout,
}, async () => {
  const report = await groupChaos({ endpoint: await dynamoDbEndpoint() });

  expect(report.violations).toEqual([]);
  expect(Object.keys(report.recoveredMs)).toHaveLength(6);
  const { seen } = report;
  // Eight to begin with, and what each fault moved.
  expect(seen.terms).toBeGreaterThan(16);
  expect(seen['take-overs from members that were gone']).toBeGreaterThan(2);
  expect(seen['additions acknowledged']).toBeGreaterThan(50);
});
