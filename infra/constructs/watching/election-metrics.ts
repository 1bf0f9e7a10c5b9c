/**
 * The metrics of an election as CloudWatch draws them; names, units and dimensions come from
 * `lib/core/journal/metrics.ts`, which is also what the library emits.
 */
import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  ELECTION_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
} from '../../../lib/core/journal/metrics.ts';

/**
 * One metric, of this election where the library emits it per election, else of all elections that
 * report into the account and Region.
 *
 * Default period: one minute, the rhythm at which processes report. Default statistic: the sum for
 * counts and for `LeadingSeconds`, the average elsewhere.
 */
export function electionMetric(
  name: MetricName,
  election: string,
  options?: MetricOptions,
): Metric {
  const { unit, perElection } = METRICS[name];
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    ...(perElection ? { dimensionsMap: { [ELECTION_DIMENSION]: election } } : {}),
    statistic: unit === 'Count' || unit === 'Seconds' ? Stats.SUM : Stats.AVERAGE,
    period: Duration.minutes(1),
    ...options,
  });
}
