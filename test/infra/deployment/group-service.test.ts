/**
 * The tasks of a group's service, played from the synthesized task definition: its variables and its command as
 * real processes on DynamoDB Local, a rolling deployment, and every call against the rendered policy.
 */

import { fileURLToPath } from 'node:url';
import { CreateTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { expect, onTestFinished, test } from 'vitest';
import { ElectionGroup, ElectionTable, LeaderService } from '../../../infra/index.ts';
import { dynamoDbGroup } from '../../../lib/dynamodb/index.ts';
import { groupOperator } from '../../../lib/index.ts';
import { environmentFor, type FreshTable, freshTable } from '../../support/dynamodb.ts';
import { startFaultProxy } from '../../support/network/fault-proxy.ts';
import { startWorker } from '../../support/processes.ts';
import { startTenure } from '../../support/tenure.ts';
import { until } from '../../support/until.ts';
import { isAllowed, type Statement } from '../permissions/iam.ts';
import { callsOf } from '../permissions/recorded-calls.ts';

const MAIN = fileURLToPath(new URL('../../../examples/partitions/main.ts', import.meta.url));
const PARTITIONS = 8;
const patient = { withinMs: 120_000 };
/** A command that prints the partition that it works for, and then waits until it is ended. */
const SAYS =
  'echo "{\\"event\\":\\"command\\",\\"partition\\":\\"$TENURE_PARTITION\\"}"; exec sleep 1000';

interface Synthesized {
  /** The container's variables; the only value that CloudFormation would fill in is the table's name. */
  readonly variables: Readonly<Record<string, string>>;
  readonly command: readonly string[] | undefined;
  /** The statements of the tasks' role. */
  readonly statements: readonly Statement[];
  /** What each alarm reads, by metric: the dimensions, the table's name filled in. */
  readonly alarms: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

interface Dimension {
  readonly Name: string;
  readonly Value: unknown;
}

function synthesize(tableName: string, command?: readonly string[]): Synthesized {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Pollers');
  const group = new ElectionGroup(stack, 'Pollers', {
    group: 'pollers',
    partitions: PARTITIONS,
    table: new ElectionTable(stack, 'Elections'),
    // No lease runs out on a busy machine: partitions pass by release.
    timings: { leaseDurationMs: 60_000, renewIntervalMs: 3_000, drainMs: 30_000 },
  });
  new LeaderService(stack, 'Workers', {
    group,
    image: ContainerImage.fromRegistry('example/worker'),
    stopTimeout: Duration.seconds(60),
    ...(command && { command }),
  });
  const template = Template.fromStack(stack);
  const filled = (value: unknown) => (typeof value === 'string' ? value : tableName);
  const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
  const [container] = task?.Properties.ContainerDefinitions ?? [];
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  const [, role] = policies.find(([id]) => id.includes('TaskRole')) ?? [];
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
  const pairs = (some: readonly Dimension[]) =>
    Object.fromEntries(some.map(({ Name, Value }) => [Name, filled(Value)]));
  return {
    variables: pairs(container.Environment),
    command: container.Command,
    statements: role?.Properties.PolicyDocument.Statement,
    alarms: new Map(
      alarms.map(({ Properties }) => [Properties.MetricName, pairs(Properties.Dimensions)]),
    ),
  };
}

async function prepare() {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  const { tableName, clientConfig } = table;
  const operator = groupOperator({
    name: 'pollers',
    via: dynamoDbGroup({ tableName, clientConfig }),
  });
  await operator.create({ partitions: PARTITIONS });
  return { table, operator };
}

/** The tokens with which the positions were saved last. */
async function savedTokens({ client }: FreshTable, TableName: string): Promise<readonly number[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.map(({ fencingToken }) => Number(fencingToken?.N));
}

test('a new task leads nothing until an old one leaves, and then takes all that it led', async () => {
  const { table } = await prepare();
  const { variables, statements, alarms } = synthesize(table.tableName);
  const positions = `positions-${table.tableName}`;
  await table.client.send(
    new CreateTableCommand({
      TableName: positions,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const proxy = await startFaultProxy(table.endpoint);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const env = { ...environmentFor(proxy.endpoint), ...variables, POSITIONS_TABLE: positions };
  const tokens = () => savedTokens(table, positions);

  const before = startWorker([MAIN], { env });
  await until(async () => (await tokens()).length === PARTITIONS, patient);
  const after = startWorker([MAIN], { env });
  // As ECS: the new task runs before the old one is told to stop.
  await until(() => proxy.exchanges.some(({ body }) => body.includes('"spare"')), patient);
  expect((await tokens()).filter((token) => token > 1)).toEqual([]);
  before.signal('SIGTERM');
  expect(await before.ended(patient)).toEqual({ code: 0, signal: null });
  await until(async () => (await tokens()).every((token) => token > 1), patient);
  after.signal('SIGTERM');
  expect((await after.ended(patient)).code).toBe(0);

  const written = [...before.lines, ...after.lines];
  for (const metric of ['PartitionsLed', 'PartitionsVacant', 'Imbalance', 'HeartbeatMargin']) {
    const line = written.find((one) => metric in one);
    expect(line, metric).toMatchObject(alarms.get(metric) ?? {});
  }
  const calls = proxy.exchanges
    .filter(({ body }) => !body.includes(positions))
    .flatMap(({ operation, body }) => callsOf(operation, JSON.parse(body), table.tableName));
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.filter((call) => !isAllowed(statements, call))).toEqual([]);
});

test('a command of the task definition finds table, timings and spare in its environment', async () => {
  const { table, operator } = await prepare();
  const run = ['tenure', 'run', 'pollers', '--partitions', `${PARTITIONS}`, '--json'];
  const { variables, command = [] } = synthesize(table.tableName, [...run, '--', 'sh', '-c', SAYS]);
  const [, ...args] = command;
  const env = { ...environmentFor(table.endpoint), ...variables };
  const start = () => startTenure(args, undefined, { env });
  const states = async () => (await operator.look()).members.map(({ state }) => state).sort();

  const first = start();
  const led = () => first.lines.filter(({ event }) => event === 'command').length === PARTITIONS;
  await until(led, patient);
  const second = start();
  await until(async () => (await states()).join() === 'active,spare', patient);
  const [one] = (await operator.look()).members;
  expect(one).toMatchObject({ leaseDurationMs: 60_000, renewIntervalMs: 3_000 });

  first.signal('SIGTERM');
  await first.ended(patient);
  const partitions = () => new Set(second.lines.map(({ partition }) => partition));
  await until(() => partitions().size >= PARTITIONS, patient);
});
