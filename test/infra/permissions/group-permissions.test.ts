/**
 * The statements that the grants of a group render, against every call that its members, observers and
 * operators really make: no statement is missing, and none is unused.
 */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, test } from 'vitest';
import { dynamoDbGroup, fenced, groupKeyOf, recordKeyOf } from '../../../lib/dynamodb/index.ts';
import { createGroup, groupOperator, type PartitionTerm } from '../../../lib/index.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { until } from '../../support/until.ts';
import { expectExactly, rendered } from './granted.ts';
import { type Call, isAllowed } from './iam.ts';
import { recordedTable } from './recorded-table.ts';

const PARTITIONS = 4;
/** No lease runs out on a busy machine. */
const timings = { leaseDurationMs: 60_000, renewIntervalMs: 3_000 };

const { table, client, callsOf } = await recordedTable();

const viaOf = () => dynamoDbGroup({ client, tableName: table.tableName });
const operatorOf = (name: string) => groupOperator({ name, via: viaOf() });

/** Joins, leads all partitions, calls `act` with one of the terms, and leaves. */
async function leadOnce(name: string, act: (term: PartitionTerm) => Promise<unknown>) {
  await operatorOf(name).create({ partitions: PARTITIONS });
  const group = createGroup({ name, partitions: PARTITIONS, via: viaOf(), timings });
  const stop = new AbortController();
  return callsOf(async () => {
    const left = group.leadWhile(
      ({ signal }) =>
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
      { signal: stop.signal },
    );
    await until(() => group.leading().size === PARTITIONS);
    const [term] = group.leading().values();
    if (term !== undefined) await act(term);
    stop.abort();
    await left;
  });
}

it('a member may make every call of joining, leading and leaving, and no right of it is idle', async () => {
  const calls = await leadOnce('orders', async () => undefined);
  expectExactly(rendered('grantGroupMember', 'orders'), calls);
  const others = rendered('grantGroupMember', 'order', 'orders2', 'or*rs');
  expect(calls.filter((call) => isAllowed(others, call))).toEqual([]);
  const all = rendered('grantGroupMember', 'ord*');
  expect(calls.filter((call) => !isAllowed(all, call))).toEqual([]);
});

it('an operator may create the group and act on it, and an observer may look and write nothing', async () => {
  const operator = operatorOf('billing');
  const calls = await callsOf(async () => {
    await operator.create({ partitions: PARTITIONS });
    await operator.look();
    await operator.rebalance();
    await operator.resignMember('nobody');
  });
  expectExactly(rendered('grantGroupOperate', 'billing'), calls);

  const group = createGroup({ name: 'billing', partitions: PARTITIONS, via: viaOf() });
  const looks = await callsOf(() => group.observe().next());
  expectExactly(rendered('grantGroupObserve', 'billing'), looks);
});

it('a lease-checked write takes a right of its own, on the partition’s record', async () => {
  const own = await freshTable();
  const write = new UpdateItemCommand({
    TableName: own.tableName,
    Key: { pk: { S: 'a' }, sk: { S: 'b' } },
    UpdateExpression: 'SET #x = :x',
    ExpressionAttributeNames: { '#x': 'x' },
    ExpressionAttributeValues: { ':x': { S: 'y' } },
  });
  const checks: Call[] = [];
  await leadOnce('checked', async (term) => {
    const calls = await callsOf(() => fenced(client, term, { check: 'lease' }).send(write));
    const { pk } = recordKeyOf('checked', term.partition);
    checks.push(
      ...calls.filter(
        ({ action, leadingKeys }) => action.endsWith('CheckItem') && leadingKeys?.[0] === pk,
      ),
    );
  });
  own[Symbol.dispose]();
  expectExactly(rendered('grantGroupLeaseCheck', 'checked'), checks);
});

test.each(['DeleteItem', 'PutItem', 'BatchWriteItem', 'Scan', 'ConditionCheckItem'])(
  'a member may not %s',
  (operation) => {
    const call = { action: `dynamodb:${operation}`, leadingKeys: [groupKeyOf('orders')] };
    expect(isAllowed(rendered('grantGroupMember', 'orders'), call)).toBe(false);
  },
);
