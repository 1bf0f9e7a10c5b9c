/** Leadership that a warm environment of the leader task keeps from one invocation to the next. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleFunctions } from '../../functions/bundle.ts';
import { freshTable } from '../support/dynamodb.ts';
import { coldStart } from './lambda-environment.ts';
import { BOUND, holderIn, led, untilItLeads, variables } from './leader-task.ts';
import { problemsIn, unitsIn } from './work-rows.ts';

let bundle: string;
beforeAll(async () => {
  [bundle = ''] = await bundleFunctions(['leader-task']);
});

const STICKY = {
  ...BOUND,
  TENURE_RENEW_MS: '2000',
  TENURE_HOLD: 'sticky',
  TENURE_GAP_MS_MAX: '4000',
};

describe('sticky leadership', () => {
  test('stays with a warm environment through freezes, with its clock standing still', async () => {
    using table = await freshTable();
    const [a, b] = await Promise.all([
      coldStart(bundle, variables(table, STICKY)),
      coldStart(bundle, variables(table, STICKY)),
    ]);
    expect(await a.invoke()).toEqual(led('1'));
    for (let round = 0; round < 3; round++) {
      const frozenAt = Date.now();
      a.freeze();
      expect(await b.invoke()).toEqual({ led: false });
      a.thaw();
      expect(await a.invoke({ frozenMs: Date.now() - frozenAt })).toEqual(led('1'));
    }
    expect(await holderIn(table)).toMatch(/^leader-task\//);
    expect(problemsIn(await unitsIn(table, 'e'))).toEqual([]);
  });

  test('passes on after the leader’s environment dies, and its units go on from there', async () => {
    using table = await freshTable();
    const [a, b] = await Promise.all([
      coldStart(bundle, variables(table, STICKY)),
      coldStart(bundle, variables(table, STICKY)),
    ]);
    expect(await a.invoke()).toEqual({ led: true, token: '1', units: 1 });
    a.process.signal('SIGKILL');
    await a.process.ended();
    expect(await b.invoke()).toEqual({ led: false });
    expect(await untilItLeads(b)).toEqual({ led: true, token: '2', units: 2 });
  });

  test('a thaw after the lease is over finds itself a standby, and writes nothing', async () => {
    using table = await freshTable();
    const [a, b] = await Promise.all([
      coldStart(bundle, variables(table, STICKY)),
      coldStart(bundle, variables(table, STICKY)),
    ]);
    expect(await a.invoke()).toEqual(led('1'));
    const frozenAt = Date.now();
    a.freeze();
    expect(await untilItLeads(b)).toEqual(led('2'));
    const before = await unitsIn(table, 'e');
    a.thaw();
    expect(await a.invoke({ frozenMs: Date.now() - frozenAt })).toEqual({ led: false });
    expect(await unitsIn(table, 'e')).toEqual(before);
  });
});
