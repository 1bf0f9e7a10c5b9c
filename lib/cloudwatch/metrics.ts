/**
 * The journal as CloudWatch metrics, through the user's own Powertools `Metrics` or as plain lines.
 *
 * Decides nothing about names, units and dimensions: `lib/core/journal/metrics.ts` does, for the dashboard too.
 */
import { fieldsOf } from '../core/journal/event-fields.ts';
import { type Measurement, measurementsOf } from '../core/journal/measurements.ts';
import { METRICS } from '../core/journal/metrics.ts';
import { InvalidOptionsError } from '../errors.ts';
import { unknownOptions } from '../option-problems.ts';
import type { Clock, Journal, JournalEvent } from '../ports.ts';
import { leadingSamples } from './leading-samples.ts';
import { dimensionSetsOf, metricLine, type Report } from './metric-line.ts';
import { gatherRenewals } from './renewals.ts';

/**
 * The methods of `Metrics` of `@aws-lambda-powertools/metrics` that are used. Any object with them
 * serves.
 */
export interface PowertoolsMetrics {
  singleMetric(): {
    clearDefaultDimensions(): void;
    setTimestamp(epochMs: number): unknown;
    addDimensions(dimensions: Record<string, string>): unknown;
    addMetadata(name: string, value: string): unknown;
    addMetric(name: string, unit: MetricUnit, value: number): unknown;
  };
}

type MetricUnit = (typeof METRICS)[keyof typeof METRICS]['unit'];

/** What `cloudWatchMetrics` takes. */
export interface CloudWatchMetricsOptions {
  /**
   * Your Powertools `Metrics`, for its console and settings. Give it the namespace `Tenure`, which
   * the dashboard and alarms of `tenure/cdk` read. Its default dimensions are left out, since each
   * would make another metric. It takes one value a line. So a minute's renewals report the latest
   * token, the least margin and the longest latency. Default: lines in Embedded Metric Format, with
   * every value.
   */
  readonly metrics?: PowertoolsMetrics | undefined;
  /** Takes each line, without its line break. Default: standard output, where Lambda and ECS look. */
  readonly write?: ((line: string) => void) | undefined;
  /** Default: this process's. Tests give a manual one. */
  readonly clock?: Clock | undefined;
}

/** Disposing reports the rest of the current minute and ends the timer. */
export interface CloudWatchMetrics extends Journal, Disposable {
  /**
   * Reports at once the time led since the last sample. Call it at the end of a Lambda invocation:
   * timers stand still between invocations.
   */
  flush(): void;
}

const KNOWN: ReadonlySet<string> = new Set<keyof CloudWatchMetricsOptions>([
  'metrics',
  'write',
  'clock',
]);

/**
 * Give it to `createElection` or `createGroup` as `journal`; one serves a whole process. It costs
 * one line for each term that begins or ends and for each refused write. Each minute and election
 * costs one line more, which also carries what the minute's renewals measured.
 * @throws InvalidOptionsError for an unknown option.
 */
export function cloudWatchMetrics(options: CloudWatchMetricsOptions = {}): CloudWatchMetrics {
  const problems = unknownOptions(options, KNOWN);
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  const { metrics, write = writeToStdout, clock = quietClock } = options;
  const publish = (report: Report) =>
    metrics === undefined ? write(metricLine(report)) : publishThrough(metrics, report);
  const renewals = gatherRenewals();
  const samples = leadingSamples(clock, (sample) => {
    const { measurements = [], properties = {} } = renewals.take(sample) ?? {};
    publish({ ...sample, measurements: [...sample.measurements, ...measurements], properties });
  });
  const publishRest = () => renewals.takeAll().forEach(publish);
  return {
    record(event) {
      samples.note(event);
      const measurements = measurementsOf(event);
      if (measurements.length === 0) return;
      const { election, group, store, atEpochMs } = event;
      const properties = propertiesOf(fieldsOf(event));
      const report = { election, group, store, atEpochMs, measurements, properties };
      const due = isKept(event) ? renewals.add(ofMinute(report)) : report;
      if (due !== undefined) publish(due);
    },
    flush() {
      samples.flush();
      publishRest();
    },
    [Symbol.dispose]() {
      samples[Symbol.dispose]();
      publishRest();
    },
  };
}

/**
 * Events that wait for the minute's line: of an election only its renewals, of a group also the
 * terms that begin.
 */
const isKept = ({ event, group }: JournalEvent): boolean =>
  event === 'renewed' || event === 'heartbeat' || (event === 'elected' && group !== undefined);

/** A group's line is its member's, and no partition's. */
function ofMinute(report: Report): Report {
  const { group, properties } = report;
  if (group === undefined) return report;
  const { candidateId = '' } = properties;
  return { ...report, election: group, properties: { group, candidateId } };
}

/** Fields that the report itself carries. */
const SUBJECT: ReadonlySet<string> = new Set(['election', 'store']);

/** Texts alone: numbers of an event are in its metrics already. */
function propertiesOf(fields: ReturnType<typeof fieldsOf>): Record<string, string> {
  const texts = Object.entries(fields).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !SUBJECT.has(entry[0]),
  );
  return Object.fromEntries(texts);
}

/** One line for each measurement: Powertools publishes a single metric when it is given its value. */
function publishThrough(metrics: PowertoolsMetrics, report: Report): void {
  const { election, atEpochMs, properties } = report;
  for (const measurement of worstOf(report.measurements)) {
    const single = metrics.singleMetric();
    single.clearDefaultDimensions();
    single.setTimestamp(Math.round(atEpochMs));
    for (const set of dimensionSetsOf(measurement, report)) single.addDimensions(set);
    for (const [name, value] of Object.entries({ election, ...properties })) {
      single.addMetadata(name, value);
    }
    single.addMetric(measurement.name, METRICS[measurement.name].unit, measurement.value);
  }
}

/** Of several values in a minute, the one that an alarm looks for. */
function worstOf(measurements: readonly Measurement[]): readonly Measurement[] {
  const byName = Map.groupBy(measurements, ({ name }) => name);
  return [...byName].map(([name, some]) =>
    some.reduce((worst, one) => {
      const isWorse =
        METRICS[name].worst === 'least' ? one.value < worst.value : one.value > worst.value;
      return isWorse ? one : worst;
    }),
  );
}

function writeToStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A metric is no reason to keep a process alive. */
const quietClock: Clock = {
  now: () => ({ monotonicMs: performance.now(), epochMs: Date.now() }),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.ceil(delayMs)).unref();
    return () => clearTimeout(timer);
  },
};
