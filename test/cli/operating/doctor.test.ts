import {
  CreateTableCommand,
  PutItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkClock, clockAheadMs, percentilesOf } from '../../../lib/cli/doctor/checks.ts';
import {
  candidateSortKeyOf,
  createLeaseTable,
  partitionKeyOf,
  TABLE_DEFINITION,
  TTL_ATTRIBUTE,
} from '../../../lib/dynamodb/index.ts';
import { startRegions } from '../../../lib/testing/index.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { startFaultProxy } from '../../support/network/fault-proxy.ts';
import { startTenure, type TenureOptions } from '../../support/tenure.ts';
import { movedClock } from '../../tools/faketime.ts';

interface Finding {
  readonly check: string;
  readonly result: string;
  readonly message: string;
  readonly advice?: string;
  readonly figures?: Record<string, number>;
}

/** No credentials come from files or from the machine's instance metadata. */
const NO_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_PROFILE: undefined,
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

async function doctor(
  table: { tableName: string; endpoint: string },
  options: TenureOptions & { args?: string[] } = {},
) {
  const { args = [], ...worker } = options;
  const run = startTenure(['doctor', '--json', ...args], table, worker);
  const { code } = await run.ended();
  if (run.stdout() === '') throw new Error(`no findings: ${run.stderr()}`);
  const { healthy, findings } = JSON.parse(run.stdout()) as {
    healthy: boolean;
    findings: Finding[];
  };
  const failed = findings.filter(({ result }) => result === 'failed');
  return { code, healthy, findings, failed };
}

async function sound() {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  const tableName = `${table.tableName}-sound`;
  await createLeaseTable(table.client, tableName);
  return { ...table, tableName };
}

describe('tenure doctor', () => {
  it('tells of the Regions of a table, and of rows that no leader deletes', async () => {
    using table = await freshTable();
    const [home, second, third] = ['eu-west-1', 'eu-central-1', 'eu-west-3'] as const;
    const { endpoint, tableName } = table;
    await using regions = await startRegions({ endpoint, regions: [home, second], witness: third });
    const at = { tableName, endpoint: regions.endpointOf(home) };
    const args = ['--lease', '60s'];
    const expiryOf = (found: Awaited<ReturnType<typeof doctor>>) =>
      found.findings.find(({ check }) => check === 'expiry');

    const sound = await doctor(at, { args });
    expect(sound.healthy).toBe(true);
    expect(sound.findings.find(({ check }) => check === 'table')?.message).toBe(
      `${tableName} at ${at.endpoint}, strongly consistent with eu-central-1 and eu-west-3 (witness)`,
    );
    expect(expiryOf(sound)).toMatchObject({ result: 'ok' });

    const Item = {
      pk: { S: partitionKeyOf('tenure-doctor') },
      sk: { S: candidateSortKeyOf('dead') },
      [TTL_ATTRIBUTE]: { N: '1' },
    };
    await table.client.send(new PutItemCommand({ TableName: tableName, Item }));
    expect(expiryOf(await doctor(at, { args }))).toMatchObject({
      result: 'warning',
      message: 'at least 1 rows expired over two hours ago, and no leader deletes them',
      advice: expect.stringContaining('--role housekeeper'),
    });
  });

  it('finds nothing wrong in a table that is right, and gives latencies and advice', async () => {
    const { code, healthy, findings } = await doctor(await sound(), { args: ['--lease', '60s'] });

    expect(findings.map(({ check }) => check)).toEqual([
      'credentials',
      'table',
      'expiry',
      'clock',
      'latency',
      'timings',
    ]);
    expect([code, healthy]).toEqual([0, true]);
    const { figures } = findings[4] ?? {};
    expect(Object.keys(figures ?? {})).toEqual(['p50Ms', 'p90Ms', 'maxMs']);
    expect(findings[5]?.figures?.leaseDurationMs).toBe(60_000);
  });

  it('tells that there are no credentials', async () => {
    const { code, failed } = await doctor(await sound(), { env: NO_CREDENTIALS });

    expect(code).toBe(1);
    expect(failed).toMatchObject(
      [{ check: 'credentials', message: /^none were found/ }].map(matching),
    );
    expect(failed[0]?.advice).toContain('AWS_PROFILE');
  });

  it('tells that the endpoint is wrong', async () => {
    const table = await sound();
    const { code, failed } = await doctor(table, { endpoint: 'http://127.0.0.1:9' });

    expect(code).toBe(1);
    expect(failed).toMatchObject(
      [{ check: 'table', message: /127\.0\.0\.1:9 did not answer/ }].map(matching),
    );
  });

  it('tells that the table is missing, and that it has the wrong shape', async () => {
    const table = await sound();
    const missing = await doctor({ ...table, tableName: 'nowhere' });
    const other = `${table.tableName}-other`;
    const { BillingMode } = TABLE_DEFINITION;
    const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
    const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }];
    const shape = { TableName: other, KeySchema, AttributeDefinitions, BillingMode };
    await table.client.send(new CreateTableCommand(shape));

    expect(missing.code).toBe(1);
    expect(missing.failed).toMatchObject(
      [{ check: 'table', message: /does not exist/ }].map(matching),
    );
    const { code, failed } = await doctor({ ...table, tableName: other });
    expect(code).toBe(1);
    expect(failed).toMatchObject(
      [{ check: 'table', message: /must have the keys pk HASH S/ }].map(matching),
    );
  });

  it('tells that rows expire by the wrong attribute', async () => {
    const table = await freshTable();
    onTestFinished(() => table[Symbol.dispose]());
    const TimeToLiveSpecification = { AttributeName: 'renewedAtEpochMs', Enabled: true };
    const { tableName } = table;
    const command = new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification });
    await table.client.send(command);

    const { code, failed } = await doctor(table);

    expect(code).toBe(1);
    expect(failed).toMatchObject(
      [{ check: 'expiry', message: /by the attribute renewedAtEpochMs, and not by expiresAt/ }].map(
        matching,
      ),
    );
  });

  it('tells that the clock is five seconds off, in either direction', async () => {
    const table = await sound();
    for (const [offset, side] of [
      ['+5s', 'ahead of'],
      ['-5s', 'behind'],
    ] as const) {
      const env = movedClock({ FAKETIME: offset });
      const { code, failed } = await doctor(table, { env });

      expect(code).toBe(1);
      expect(failed.map(({ check }) => check)).toEqual(['clock']);
      expect(failed[0]?.message).toMatch(new RegExp(`about [45]\\.\\d s ${side} the service`));
    }
  });

  it('refuses the timings that tenure run refuses, in the same words', async () => {
    const table = await sound();
    const timings = ['--lease', '3s', '--renew', '2s'];
    const run = startTenure(['run', 'x', ...timings, '--', 'true'], table);
    expect((await run.ended()).code).toBe(2);

    const { code, failed } = await doctor(table, { args: timings });

    expect(code).toBe(1);
    expect(failed.map(({ check }) => check)).toEqual(['timings']);
    expect(run.stderr()).toBe(`tenure: ${failed[0]?.message}\n`);
  });

  it('tells that the store is slow, and which timings would do', async () => {
    const table = await sound();
    await using proxy = await startFaultProxy(table.endpoint);
    proxy.inject({ kind: 'delay', ms: 700, direction: 'answers', operation: 'UpdateItem' });

    const { code, failed, findings } = await doctor(table, { endpoint: proxy.endpoint });

    expect(code).toBe(1);
    expect(failed.map(({ check }) => check)).toEqual(['latency']);
    expect(failed[0]?.message).toMatch(/^10 conditional writes: median [78]\d\d ms/);
    const timings = findings.find(({ check }) => check === 'timings');
    expect(timings).toMatchObject({ result: 'warning' });
    expect(timings?.advice).toMatch(/use --lease \d+ms and --renew \d+ms, or more/);
  });

  it('tells that writes are not allowed, and how to allow them', async () => {
    const table = await sound();
    await using proxy = await startFaultProxy(table.endpoint);
    const type = 'AccessDeniedException';
    const operation = 'UpdateItem';
    proxy.inject({ kind: 'error', status: 400, type, direction: 'requests', operation });

    const { code, failed } = await doctor(table, { endpoint: proxy.endpoint });

    expect(code).toBe(1);
    expect(failed.map(({ check }) => check)).toEqual(['latency']);
    expect(failed[0]?.advice).toContain('--role operator');
  });

  it('says all of it in lines for people', async () => {
    const run = startTenure(['doctor'], await sound());
    await run.ended();

    expect(run.stdout()).toMatch(
      /^ok {7}credentials {2}loca… in us-east-1\nok {7}table {8}tenure-/,
    );
  });
});

/** A text in an expected finding may be a pattern. */
function matching(expected: { check: string; message: RegExp }) {
  return { check: expected.check, message: expect.stringMatching(expected.message) };
}

describe('the arithmetic of the doctor', () => {
  const at = (sent: number, received: number, service: number) => ({
    sentAtEpochMs: sent,
    receivedAtEpochMs: received,
    serviceEpochMs: service,
  });

  it('bounds the clock by every answer at once', () => {
    expect(clockAheadMs([at(10_900, 11_000, 10_000)])).toEqual({ atLeast: -100, atMost: 1_000 });
    expect(clockAheadMs([at(10_900, 11_000, 10_000), at(11_020, 11_050, 11_000)])).toEqual({
      atLeast: -100,
      atMost: 50,
    });
  });

  it('accepts a clock that may be right, however coarse the seconds', () => {
    expect(checkClock([at(10_999, 11_000, 10_000)]).result).toBe('ok');
    expect(checkClock([at(15_000, 15_001, 10_000)]).result).toBe('failed');
    expect(checkClock([]).result).toBe('skipped');
  });

  it('takes percentiles from what was measured', () => {
    expect(percentilesOf([5, 1, 4, 2, 3, 6, 7, 8, 9, 100])).toEqual({ p50: 5, p90: 9, max: 100 });
  });
});
