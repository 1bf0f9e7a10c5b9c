import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, it } from 'vitest';
import { METRICS } from '../../lib/core/journal/metrics.ts';
import { openTelemetryMetrics } from '../../lib/opentelemetry/index.ts';
import { EVERY_EVENT, EVERY_GROUP_EVENT, eventOf, ofPartition } from '../support/journal-events.ts';

const UCUM: Readonly<Record<string, string>> = {
  Count: '1',
  Milliseconds: 'ms',
  Seconds: 's',
  None: '1',
};

function start() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 3_600_000,
    exportTimeoutMillis: 60_000,
  });
  const provider = new MeterProvider({ readers: [reader] });
  const clock = { nowEpochMs: 1_767_225_600_000 };
  const journal = openTelemetryMetrics({
    meter: provider.getMeter('Tenure'),
    nowEpochMs: () => clock.nowEpochMs,
  });
  async function collect() {
    exporter.reset();
    await provider.forceFlush();
    const metrics = exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? [];
    return metrics.map(({ descriptor, dataPoints }) => ({
      name: descriptor.name,
      unit: descriptor.unit,
      description: descriptor.description,
      points: dataPoints.map(({ value, attributes }) => ({ value, attributes })),
    }));
  }
  return { journal, collect, clock, stop: () => provider.shutdown() };
}

it('reports every metric under the name, unit and meaning that everything else uses', async () => {
  const { journal, collect, stop } = start();

  for (const event of [...EVERY_EVENT, ...EVERY_GROUP_EVENT]) journal.record(event);

  const collected = await collect();
  expect(collected.map(({ name, unit, description }) => ({ name, unit, description }))).toEqual(
    expect.arrayContaining(
      Object.entries(METRICS).map(([name, { unit, meaning }]) => ({
        name,
        unit: UCUM[unit],
        description: meaning,
      })),
    ),
  );
  expect(collected).toHaveLength(Object.keys(METRICS).length);
  for (const { points } of collected) {
    const subjects = points.map(({ attributes }) => attributes.Election ?? attributes.Group);
    expect(subjects.filter((subject) => subject !== 'nightly' && subject !== 'pollers')).toEqual(
      [],
    );
  }
  await stop();
});

it('counts losses by reason', async () => {
  const { journal, collect, stop } = start();

  journal.record(eventOf({ event: 'lost', token: 1n, why: 'lapsed' }));
  journal.record(eventOf({ event: 'lost', token: 2n, why: 'lapsed' }));
  journal.record(eventOf({ event: 'lost', token: 3n, why: 'deposed' }));

  const lost = (await collect()).find(({ name }) => name === 'LeadershipLost');
  expect(lost?.points).toEqual([
    { value: 2, attributes: { Election: 'nightly', Reason: 'lapsed' } },
    { value: 1, attributes: { Election: 'nightly', Reason: 'deposed' } },
  ]);
  await stop();
});

it('counts the seconds led up to the moment of collection, and none beyond the lease', async () => {
  const { journal, collect, clock, stop } = start();
  const led = async () =>
    (await collect()).find(({ name }) => name === 'LeadingSeconds')?.points[0]?.value;

  journal.record(eventOf({ event: 'elected', token: 1n, latencyMs: 5, remainingMs: 9_800 }));
  clock.nowEpochMs += 4_000;
  expect(await led()).toBe(4);
  clock.nowEpochMs += 600_000;
  expect(await led()).toBe(9.8);
  journal[Symbol.dispose]();
  await stop();
});

it('has the partitions that a member leads now, and no series of a partition', async () => {
  const { journal, collect, clock, stop } = start();
  const read = async (name: string) => (await collect()).find((metric) => metric.name === name);
  const joined = { event: 'joined', election: 'pollers', group: 'pollers' } as const;
  const begun = { event: 'elected', token: 1n, latencyMs: 5, remainingMs: 9_800 } as const;

  journal.record(eventOf(joined));
  for (const partition of [0, 1, 2]) journal.record(ofPartition(partition, begun));
  journal.record(ofPartition(1, { event: 'resigned', token: 1n, released: true }));
  const attributes = { Group: 'pollers' };
  expect((await read('PartitionsLed'))?.points).toEqual([{ value: 2, attributes }]);

  clock.nowEpochMs += 10_000;
  expect((await read('PartitionsLed'))?.points).toEqual([{ value: 0, attributes }]);
  expect((await read('Members'))?.points).toEqual([{ value: 0, attributes }]);
  journal[Symbol.dispose]();
  await stop();
});
