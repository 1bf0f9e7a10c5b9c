/**
 * The metrics that a real group writes, on DynamoDB Local: two members, a hand-over, and a stale write.
 */
import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { groupMetric } from '../../infra/constructs/watching/election-metrics.ts';
import { cloudWatchMetrics } from '../../lib/cloudwatch/index.ts';
import { type MetricName, metricsOf } from '../../lib/core/journal/metrics.ts';
import { dynamoDbGroup, fenced } from '../../lib/dynamodb/index.ts';
import {
  createGroup,
  type GroupMechanism,
  groupOperator,
  type PartitionTerm,
} from '../../lib/index.ts';
import { freshTable } from '../support/dynamodb.ts';
import { until } from '../support/until.ts';

const PARTITIONS = 8;
/** No lease may run out while a machine is busy: partitions pass by release. */
const timings = { leaseDurationMs: 60_000, renewIntervalMs: 3_000, drainMs: 5_000 };
const patient = { withinMs: 100_000 };

interface Kept {
  readonly name: string;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

/** Each value of a line in Embedded Metric Format, as CloudWatch would keep it. */
function keptFrom(text: string): readonly Kept[] {
  const line = JSON.parse(text);
  interface Directive {
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string }[];
  }
  return line._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }: Directive) =>
    Dimensions.flatMap((names) =>
      Metrics.flatMap(({ Name: name }) =>
        [line[name]].flat().map((value: number) => ({
          name,
          value,
          dimensions: Object.fromEntries(names.map((dimension) => [dimension, line[dimension]])),
        })),
      ),
    ),
  );
}

/** A member that writes its lines here, and leads until it is told to leave. */
function join(via: GroupMechanism, lines: string[]) {
  const journal = cloudWatchMetrics({ write: (line) => lines.push(line) });
  const group = createGroup({ name: 'pollers', partitions: PARTITIONS, via, timings, journal });
  const stop = new AbortController();
  const terms: PartitionTerm[] = [];
  const left = group.leadWhile(
    (term) => {
      terms.push(term);
      return new Promise<void>((resolve) => term.signal.addEventListener('abort', () => resolve()));
    },
    { signal: stop.signal },
  );
  return {
    group,
    terms,
    async leave() {
      stop.abort();
      await left;
      journal[Symbol.dispose]();
    },
  };
}

/** Both terms write the same row, the old leader last, as a frozen process that does not know it is over. */
async function writeStale(client: DynamoDBClient, TableName: string, both: StaleAndNext) {
  const write = new UpdateItemCommand({
    TableName,
    Key: { pk: { S: 'books' }, sk: { S: 'row' } },
    UpdateExpression: 'SET #x = :x',
    ExpressionAttributeNames: { '#x': 'x' },
    ExpressionAttributeValues: { ':x': { S: 'y' } },
  });
  await fenced(client, both.next).send(write);
  const unaware = { ...both.stale, remainingMs: () => 1_000, throwIfOver: () => undefined };
  await expect(fenced(client, unaware).send(write)).rejects.toMatchObject({ code: 'STALE_TOKEN' });
}

interface StaleAndNext {
  readonly stale: PartitionTerm;
  readonly next: PartitionTerm;
}

test('members write what the alarms read, for the group and for no partition', async () => {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  const { tableName, clientConfig, client } = table;
  const via = dynamoDbGroup({ tableName, clientConfig });
  await groupOperator({ name: 'pollers', via }).create({ partitions: PARTITIONS });
  const lines: string[] = [];

  const first = join(via, lines);
  await until(() => first.group.leading().size === PARTITIONS, patient);
  const second = join(via, lines);
  await until(() => second.group.leading().size === PARTITIONS / 2, patient);
  const [next] = second.terms;
  const stale = first.terms.find(({ partition }) => partition === next?.partition);
  if (next === undefined || stale === undefined) return expect.unreachable();
  await writeStale(client, tableName, { stale, next });
  await first.leave();
  await until(() => second.group.leading().size === PARTITIONS, patient);
  await second.leave();

  const kept = lines.flatMap(keptFrom);
  const valuesOf = (of: MetricName) =>
    kept.filter(({ name }) => name === of).map(({ value }) => value);
  const sumOf = (name: MetricName) => valuesOf(name).reduce((sum, value) => sum + value, 0);
  const begun = first.terms.length + second.terms.length;
  expect(valuesOf('HandOverTime')).toHaveLength(begun);
  // All terms but the first eight followed an earlier leader.
  expect(valuesOf('LeaderlessTime')).toHaveLength(begun - PARTITIONS);
  expect(sumOf('PartitionMoves')).toBeGreaterThanOrEqual(2 * PARTITIONS);
  expect(sumOf('PartitionsLed')).toBeGreaterThan(0);
  expect(sumOf('Members')).toBeGreaterThan(0);
  expect(valuesOf('FencingRejections')).toEqual([1]);
  for (const margin of valuesOf('HeartbeatMargin')) expect(margin).toBeGreaterThan(0);

  // This test causes none of these troubles.
  const ills: readonly MetricName[] = ['MembersDeposed', 'PartitionsStuck', 'HandOverOverdue'];
  const told = metricsOf('groups').filter((name) => !ills.includes(name));
  expect(new Set(kept.map(({ name }) => name))).toEqual(new Set(told));
  for (const { name, dimensions } of kept) {
    const drawn = groupMetric(name as MetricName, { group: 'pollers', store: tableName });
    const { dimensions: read = [] } = drawn.toMetricConfig().metricStat ?? {};
    expect(dimensions).toEqual(Object.fromEntries(read.map((one) => [one.name, one.value])));
  }
});
