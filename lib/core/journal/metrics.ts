/**
 * The metrics of an election: one source for what is emitted and for what dashboards and alarms draw.
 *
 * Decides names, units and dimensions. Each metric has the table or queue as a dimension, so that
 * two deployments in one account stay apart. A dimension value costs about $0.30 a month. So only
 * metrics that alarms use have the election as a dimension too; elsewhere it is a searchable
 * property.
 */

export const METRIC_NAMESPACE = 'Tenure';
export const ELECTION_DIMENSION = 'Election';
/** The lease table or the baton queue by its name, as `store` of a journal's events. */
export const STORE_DIMENSION = 'Store';
/** Of `LeadershipLost`: why the term ended. It is also reported without, as the sum of all reasons. */
export const REASON_DIMENSION = 'Reason';

interface Metric {
  readonly unit: 'Count' | 'Milliseconds' | 'Seconds' | 'None';
  /** Whether the election is a dimension, because an alarm reads this metric per election. */
  readonly perElection: boolean;
  readonly meaning: string;
}

export const METRICS = {
  /** Each process sends one sample a minute. A sum over 61 shows two leaders; a sum of 0, none. */
  LeadingSeconds: {
    unit: 'Seconds',
    perElection: true,
    meaning: 'seconds of this minute spent leading',
  },
  LeadershipAcquired: { unit: 'Count', perElection: true, meaning: 'terms begun' },
  LeadershipLost: { unit: 'Count', perElection: false, meaning: 'terms ended, by reason' },
  RenewalLatency: {
    unit: 'Milliseconds',
    perElection: false,
    meaning: 'first attempt to confirmation',
  },
  LeaseMargin: {
    unit: 'Milliseconds',
    perElection: true,
    meaning: 'lease left when a renewal was confirmed',
  },
  LeaderlessTime: {
    unit: 'Milliseconds',
    perElection: false,
    meaning: 'since the last sign of the old leader, as the new one saw it',
  },
  FencingRejections: { unit: 'Count', perElection: true, meaning: 'stale writes refused' },
  Token: { unit: 'None', perElection: false, meaning: 'number of the current term' },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
