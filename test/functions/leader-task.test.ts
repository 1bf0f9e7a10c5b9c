/** One invocation of the leader task: frozen in its work, cut by its deadline, and waiting after a crash. */
import { beforeAll, expect, test } from 'vitest';
import { bundleFunctions } from '../../functions/bundle.ts';
import { freshTable } from '../support/dynamodb.ts';
import { until } from '../support/until.ts';
import { coldStart } from './lambda-environment.ts';
import { BOUND, holderIn, led, PATIENT, untilItLeads, variables } from './leader-task.ts';
import { problemsIn, unitsIn } from './work-rows.ts';

let bundle: string;
beforeAll(async () => {
  [bundle = ''] = await bundleFunctions(['leader-task']);
});

test('a thaw in the middle of the work, after the lease is over, writes nothing', async () => {
  using table = await freshTable();
  const long = { ...BOUND, TENURE_UNITS: '1000000', TENURE_UNIT_MS: '20' };
  const [a, b] = await Promise.all([
    coldStart(bundle, variables(table, long)),
    coldStart(bundle, variables(table, BOUND)),
  ]);
  const answer = a.invoke({ timeoutMs: 60_000 });
  answer.catch(() => undefined);
  await until(async () => (await unitsIn(table, 'e')).length > 3);
  a.freeze();
  expect(await untilItLeads(b)).toEqual(led('2'));
  const byA = async () => (await unitsIn(table, 'e')).filter(({ token }) => token === 1n).length;
  const before = await byA();
  a.thaw();
  // The old leader finds its term over, or the fence refuses the write that it had begun.
  const end = await answer.then(JSON.stringify, String);
  expect(end).toMatch(/"led":true|is over|is stale/);
  expect(await byA()).toBe(before);
  expect(problemsIn(await unitsIn(table, 'e'))).toEqual([]);
});

test('a deadline inside the lease releases in time, and the next invocation goes on from there', async () => {
  using table = await freshTable();
  const long = {
    ...PATIENT,
    TENURE_LEASE_MS: '30000',
    TENURE_UNITS: '1000000',
    TENURE_UNIT_MS: '20',
  };
  const [a, b] = await Promise.all([
    coldStart(bundle, variables(table, { ...long, TENURE_CLOCK_ERROR_MS_MAX: '200' })),
    coldStart(bundle, variables(table, { ...long, TENURE_CLOCK_ERROR_MS_MAX: '200' })),
  ]);
  const first = (await a.invoke({ timeoutMs: 14_000 })) as { led: boolean; units: number };
  expect(first).toEqual({ led: true, token: '1', units: expect.any(Number) });
  expect(first.units).toBeGreaterThan(0);
  expect(await holderIn(table)).toBeUndefined();
  const second = (await b.invoke({ timeoutMs: 14_000 })) as { units: number };
  expect(second).toEqual(led('2'));
  expect(second.units).toBeGreaterThan(first.units);
  const units = await unitsIn(table, 'e');
  expect(units).toHaveLength(second.units);
  expect(units[first.units]?.token).toBe(2n);
  expect(problemsIn(units)).toEqual([]);
});

test('a cold environment with leave to wait leads in its first invocation after a crash', async () => {
  using table = await freshTable();
  const waiting = {
    ...PATIENT,
    TENURE_LEASE_MS: '8000',
    TENURE_UNITS: '1000000',
    TENURE_UNIT_MS: '20',
  };
  const a = await coldStart(bundle, variables(table, waiting));
  a.invoke({ timeoutMs: 60_000 }).catch(() => undefined);
  await until(async () => (await unitsIn(table, 'e')).length > 0);
  a.process.signal('SIGKILL');
  const cold = await coldStart(bundle, variables(table, { ...PATIENT, TENURE_LEASE_MS: '8000' }));
  expect(await cold.invoke()).toEqual(led('2'));
});
