/**
 * Measurements in CloudWatch's Embedded Metric Format: one line of JSON that is a log and metrics.
 *
 * Decides dimensions: the store, the election or group where `METRICS` says so, and the reason of a
 * loss. Every other field is a property: Logs Insights finds it, and it costs no metric.
 */
import type { Measurement } from '../core/journal/measurements.ts';
import {
  ELECTION_DIMENSION,
  GROUP_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  REASON_DIMENSION,
  STORE_DIMENSION,
} from '../core/journal/metrics.ts';

/** What measurements are about. */
export interface Subject {
  readonly election: string;
  /** The group whose partition, or member, it is about. Absent for an election that stands alone. */
  readonly group?: string | undefined;
  /** The table or queue that decides it; absent where the mechanism has no name. */
  readonly store?: string | undefined;
}

/** All that is reported at one instant about one election. A metric may have several values. */
export interface Report extends Subject {
  readonly atEpochMs: number;
  readonly measurements: readonly Measurement[];
  readonly properties: Readonly<Record<string, string>>;
}

/** The dimensions of a measurement: each element is a metric of its own. `{}` is one without any. */
export function dimensionSetsOf(
  { name, reason }: Measurement,
  { election, group, store }: Subject,
): readonly Readonly<Record<string, string>>[] {
  const own: Record<string, string> = store === undefined ? {} : { [STORE_DIMENSION]: store };
  if (METRICS[name].perElection) {
    const [dimension, value] =
      group === undefined ? [ELECTION_DIMENSION, election] : [GROUP_DIMENSION, group];
    return [{ ...own, [dimension]: value }];
  }
  return reason === undefined ? [own] : [own, { ...own, [REASON_DIMENSION]: reason }];
}

export function metricLine(report: Report): string {
  const { election, atEpochMs, measurements, properties } = report;
  const fields: Record<string, unknown> = { election, ...properties };
  const byName = Map.groupBy(measurements, ({ name }) => name);
  const directives = [...byName].map(([name, some]) => {
    const values = some.map(({ value }) => value);
    fields[name] = values.length === 1 ? values[0] : values;
    const dimensionSets = dimensionSetsOf(some[0] as Measurement, report);
    for (const dimensions of dimensionSets) Object.assign(fields, dimensions);
    return {
      Namespace: METRIC_NAMESPACE,
      Dimensions: dimensionSets.map((dimensions) => Object.keys(dimensions)),
      Metrics: [{ Name: name, Unit: METRICS[name].unit }],
    };
  });
  const Timestamp = Math.round(atEpochMs);
  return JSON.stringify({ _aws: { Timestamp, CloudWatchMetrics: directives }, ...fields });
}
