/**
 * Measurements in CloudWatch's Embedded Metric Format: one line of JSON that is a log and metrics.
 *
 * Decides dimensions: the election where `METRICS` says so, the reason of a loss, else none. What is no
 * dimension is a property, found by Logs Insights and not paid for as a metric.
 */
import type { Measurement } from '../core/journal/measurements.ts';
import {
  ELECTION_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  REASON_DIMENSION,
} from '../core/journal/metrics.ts';

/** Everything that is said at one instant about one election. */
export interface Report {
  readonly election: string;
  readonly atEpochMs: number;
  readonly measurements: readonly Measurement[];
  readonly properties: Readonly<Record<string, string>>;
}

/** The dimensions of a measurement: each element is a metric of its own. `{}` is one without any. */
export function dimensionSetsOf(
  { name, reason }: Measurement,
  election: string,
): readonly Readonly<Record<string, string>>[] {
  if (METRICS[name].perElection) return [{ [ELECTION_DIMENSION]: election }];
  return reason === undefined ? [{}] : [{}, { [REASON_DIMENSION]: reason }];
}

export function metricLine({ election, atEpochMs, measurements, properties }: Report): string {
  const fields: Record<string, string | number> = { election, ...properties };
  const directives = measurements.map((measurement) => {
    const { name, value } = measurement;
    const dimensionSets = dimensionSetsOf(measurement, election);
    fields[name] = value;
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
