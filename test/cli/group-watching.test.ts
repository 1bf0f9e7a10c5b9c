/** What `tenure watch --partitions` shows while a member joins and is asked to go, and `reseed` of one partition. */
import { expect, it, onTestFinished } from 'vitest';
import { dynamoDbGroup } from '../../lib/dynamodb/index.ts';
import { createGroup, groupOperator } from '../../lib/index.ts';
import { freshTable } from '../support/dynamodb.ts';
import { startTenure } from '../support/tenure.ts';
import { until } from '../support/until.ts';

/** No lease runs out on a busy machine. */
const timings = { leaseDurationMs: 60_000, renewIntervalMs: 3_000 };

async function prepare() {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  const { tableName, clientConfig } = table;
  const via = dynamoDbGroup({ tableName, clientConfig });
  await groupOperator({ name: 'orders', via }).create({ partitions: 2 });
  const group = createGroup({ name: 'orders', partitions: 2, via, timings, memberPrefix: 'first' });
  const verb = async (...args: readonly string[]) => {
    const tenure = startTenure([...args, '--json'], table);
    const { code } = await tenure.ended();
    return { code, said: JSON.parse(tenure.stdout()) as Record<string, unknown> };
  };
  return { table, group, verb };
}

it('shows who leads each partition, and who no longer does, and gives one a token by hand', async () => {
  const { table, group, verb } = await prepare();
  const watch = startTenure(['watch', 'orders', '--partitions', '--json'], table);
  const shown = (event: string) => watch.lines.filter((line) => line.event === event);
  await until(() => shown('vacant').length === 2);

  const stop = new AbortController();
  const left = group.leadWhile(({ sleep }) => sleep(3_600_000).catch(() => undefined), stop);
  await until(() => shown('elected').length === 2);
  const [first] = shown('elected');
  expect(first).toMatchObject({ group: 'orders', token: '1' });
  expect(new Set(shown('elected').map(({ partition }) => partition))).toEqual(new Set([0, 1]));
  const member = String(first?.candidateId);
  expect(member).toMatch(/^first/);

  const asked = await verb('resign', 'orders', '--member', member);
  expect(asked).toMatchObject({ code: 0, said: { result: 'asked', candidateId: member } });
  await until(() => shown('vacant').length === 4);
  stop.abort();
  await left;
  const gone = await verb('resign', 'orders', '--member', member);
  expect(gone).toMatchObject({ code: 1, said: { result: 'gone' } });

  const reseeded = await verb('reseed', 'orders', '--partition', '1', '--token', '41', '--yes');
  expect(reseeded).toMatchObject({
    code: 0,
    said: { result: 'reseeded', partition: 1, token: '41' },
  });
  const status = await verb('status', 'orders', '--partition', '1');
  expect(status).toMatchObject({ code: 1, said: { partition: 1, token: '41' } });
  watch.signal('SIGTERM');
  expect((await watch.ended()).code).toBe(0);
});
