/** Many invocations of the leader task at once, in many environments and in one. */
import { beforeAll, expect, test } from 'vitest';
import { bundleFunctions } from '../../functions/bundle.ts';
import { freshTable } from '../support/dynamodb.ts';
import { coldStart } from './lambda-environment.ts';
import { BOUND, led, PATIENT, variables } from './leader-task.ts';
import { unitsIn } from './work-rows.ts';

let bundle: string;
beforeAll(async () => {
  [bundle = ''] = await bundleFunctions(['leader-task']);
});

test('ten environments invoked at once elect one', async () => {
  using table = await freshTable();
  const long = {
    ...PATIENT,
    TENURE_LEASE_MS: '30000',
    TENURE_UNITS: '1000000',
    TENURE_UNIT_MS: '50',
  };
  const given = variables(table, { ...long, TENURE_CLOCK_ERROR_MS_MAX: '200' });
  const environments = await Promise.all(
    Array.from({ length: 10 }, () => coldStart(bundle, given)),
  );
  // The leader works until its deadline is near, long after the others have asked for the role.
  const answers = await Promise.all(environments.map((each) => each.invoke({ timeoutMs: 18_000 })));
  expect(answers.filter((answer) => (answer as { led: boolean }).led)).toHaveLength(1);
  expect(new Set((await unitsIn(table, 'e')).map(({ doneBy }) => doneBy)).size).toBe(1);
});

test('two invocations at once in one environment: one leads', async () => {
  using table = await freshTable();
  const long = { ...BOUND, TENURE_UNITS: '1000000', TENURE_UNIT_MS: '50' };
  const a = await coldStart(bundle, variables(table, long));
  const answers = await Promise.all([1, 2].map(() => a.invoke({ timeoutMs: 14_000 })));
  expect(answers).toContainEqual({ led: false });
  expect(answers).toContainEqual(led('1'));
});
