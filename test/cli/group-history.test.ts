import { expect, it, onTestFinished } from 'vitest';
import { dynamoDbGroup } from '../../lib/dynamodb/index.ts';
import { createGroup, groupOperator } from '../../lib/index.ts';
import { freshTable } from '../support/dynamodb.ts';
import { startTenure } from '../support/tenure.ts';
import { until } from '../support/until.ts';

it('shows the members that a group has had, and the newest token of each partition', async () => {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  const { tableName, clientConfig } = table;
  const via = dynamoDbGroup({ tableName, clientConfig });
  await groupOperator({ name: 'orders', via }).create({ partitions: 2 });
  // No lease runs out on a busy machine.
  const timings = { leaseDurationMs: 60_000, renewIntervalMs: 3_000 };
  const group = createGroup({ name: 'orders', partitions: 2, via, timings, memberPrefix: 'first' });
  const stop = new AbortController();
  const led = new Set<number>();
  const left = group.leadWhile(
    async (term) => {
      led.add(term.partition);
      await term.sleep(3_600_000).catch(() => undefined);
    },
    { signal: stop.signal },
  );
  await until(() => led.size === 2);
  stop.abort();
  await left;

  const asked = ['history', 'orders', '--partitions'];
  const json = startTenure([...asked, '--json'], table);
  expect((await json.ended()).code).toBe(0);
  expect(JSON.parse(json.stdout())).toMatchObject({
    group: 'orders',
    plan: expect.any(Number),
    members: [{ candidateId: expect.stringMatching(/^first/), state: 'gone' }],
    partitions: [
      { partition: 0, token: expect.stringMatching(/^[1-9]/) },
      { partition: 1, token: expect.stringMatching(/^[1-9]/) },
    ],
  });
  const text = startTenure(asked, table);
  expect((await text.ended()).code).toBe(0);
  expect(text.stdout()).toMatch(/MEMBER +SINCE.*\nfirst.* gone\n/);
  expect(text.stdout()).toContain('the tokens of 2 partitions add up to');
});
