/**
 * The metrics of elections and groups as CloudWatch draws them; names, units and dimensions come from
 * `lib/core/journal/metrics.ts`, which is also what the library emits.
 */
import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  ELECTION_DIMENSION,
  GROUP_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
  STORE_DIMENSION,
} from '../../../lib/core/journal/metrics.ts';

/** The store that decides elections: a lease table or a baton queue. It tells elections of one name apart. */
export interface IElectionStore {
  /** The table's or the queue's name, as the library's metrics have it. */
  readonly storeName: string;
  /** Whether another Region may lead its elections. Left out: no. */
  readonly severalRegions?: boolean;
}

/**
 * One metric, of this election where the library emits it per election, else of all elections of the
 * store.
 *
 * Default period: one minute, the rhythm at which processes report. Default statistic: the sum for
 * counts and for `LeadingSeconds`, the average elsewhere.
 */
export function electionMetric(
  name: MetricName,
  of: { readonly election: string; readonly store: string },
  options?: MetricOptions,
): Metric {
  return metricOf(name, { store: of.store, own: { [ELECTION_DIMENSION]: of.election } }, options);
}

/** The same of a group, where the library emits it per group, else of all groups of the store. */
export function groupMetric(
  name: MetricName,
  of: { readonly group: string; readonly store: string },
  options?: MetricOptions,
): Metric {
  return metricOf(name, { store: of.store, own: { [GROUP_DIMENSION]: of.group } }, options);
}

function metricOf(
  name: MetricName,
  of: { readonly store: string; readonly own: Readonly<Record<string, string>> },
  options?: MetricOptions,
): Metric {
  const { unit, perElection } = METRICS[name];
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    dimensionsMap: {
      [STORE_DIMENSION]: of.store,
      ...(perElection ? of.own : {}),
    },
    statistic: unit === 'Count' || unit === 'Seconds' ? Stats.SUM : Stats.AVERAGE,
    period: Duration.minutes(1),
    ...options,
  });
}
