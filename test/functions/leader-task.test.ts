import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleFunctions } from '../../functions/bundle.ts';
import { leaseKeyOf } from '../../lib/dynamodb/index.ts';
import { environmentFor, type FreshTable, freshTable } from '../support/dynamodb.ts';
import { until } from '../support/until.ts';
import { coldStart, type LambdaEnvironment } from './lambda-environment.ts';
import { problemsIn, unitsIn } from './work-rows.ts';

let bundle: string;
beforeAll(async () => {
  [bundle = ''] = await bundleFunctions(['leader-task']);
});

function variables(table: FreshTable, more: Readonly<Record<string, string>> = {}) {
  return {
    ...environmentFor(table.endpoint),
    TENURE_TABLE: table.tableName,
    TENURE_ELECTION: 'e',
    POWERTOOLS_DEV: 'false',
    ...more,
  };
}

/** Calls may take their time, as ten cold processes on two processors do. */
const PATIENT = { TENURE_WRITE_TIMEOUT_MS: '2500' };
/** Lease 10 s: long enough for a slow machine, short enough to wait out. */
const BOUND = { ...PATIENT, TENURE_LEASE_MS: '10000', TENURE_CLOCK_ERROR_MS_MAX: '200' };
const STICKY = {
  ...BOUND,
  TENURE_RENEW_MS: '2000',
  TENURE_HOLD: 'sticky',
  TENURE_GAP_MS_MAX: '4000',
};

const led = (token: string) => expect.objectContaining({ led: true, token });

async function holderIn({ client, tableName }: FreshTable): Promise<string | undefined> {
  const { pk, sk } = leaseKeyOf('e');
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: tableName,
      Key: { pk: { S: pk }, sk: { S: sk } },
      ConsistentRead: true,
    }),
  );
  return Item?.holder?.S;
}

/** Invokes again and again, as a schedule would, until it leads. */
async function untilItLeads(environment: LambdaEnvironment): Promise<unknown> {
  let answer: unknown;
  await until(
    async () => {
      answer = await environment.invoke();
      return (answer as { led: boolean }).led;
    },
    { withinMs: 40_000, what: 'leading' },
  );
  return answer;
}

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

test('a thaw in the middle of the work, after the lease is over, writes nothing', async () => {
  using table = await freshTable();
  const long = { ...BOUND, TENURE_UNITS: '1000000', TENURE_UNIT_MS: '20' };
  const [a, b] = await Promise.all([
    coldStart(bundle, variables(table, long)),
    coldStart(bundle, variables(table, BOUND)),
  ]);
  const answer = a.invoke({ timeoutMs: 60_000 });
  answer.catch(() => undefined);
  await until(async () => (await unitsIn(table, 'e')).length > 3, { withinMs: 20_000 });
  a.freeze();
  expect(await untilItLeads(b)).toEqual(led('2'));
  const byA = async () => (await unitsIn(table, 'e')).filter(({ token }) => token === 1n).length;
  const before = await byA();
  a.thaw();
  // It finds its term over, or is refused by the fence where a write was under way.
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
  await until(async () => (await unitsIn(table, 'e')).length > 0, { withinMs: 20_000 });
  a.process.signal('SIGKILL');
  const cold = await coldStart(bundle, variables(table, { ...PATIENT, TENURE_LEASE_MS: '8000' }));
  expect(await cold.invoke()).toEqual(led('2'));
});

test('ten environments invoked at once elect one', { timeout: 120_000 }, async () => {
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
  // The leader works on until its deadline nears, long after the others have asked.
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
