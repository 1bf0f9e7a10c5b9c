/**
 * The metrics of elections and groups: one source for what is emitted and for what dashboards and alarms draw.
 *
 * Decides names, units and dimensions. Each metric has the table or queue as a dimension, so that
 * two deployments in one account stay apart. A dimension value costs about $0.30 a month. So only
 * metrics that alarms use have the election, or the group, as a dimension too; elsewhere it is a
 * searchable property. A partition is never a dimension: a thousand would be a thousand metrics.
 */

export const METRIC_NAMESPACE = 'Tenure';
export const ELECTION_DIMENSION = 'Election';
/** In the place of the election, where partitions of a group are led. */
export const GROUP_DIMENSION = 'Group';
/** The lease table or the baton queue by its name, as `store` of a journal's events. */
export const STORE_DIMENSION = 'Store';
/** Of `LeadershipLost`: why the term ended. It is also reported without, as the sum of all reasons. */
export const REASON_DIMENSION = 'Reason';

interface Metric {
  readonly unit: 'Count' | 'Milliseconds' | 'Seconds' | 'None';
  /** Who emits it. */
  readonly of: 'elections' | 'groups' | 'both';
  /** Whether the election, or the group, is a dimension, because an alarm reads this metric of each. */
  readonly perElection: boolean;
  /** Which value of a minute is told. Left out: all that were measured. */
  readonly sample?: 'latest' | 'least';
  /** Which of several values an alarm looks for. Left out: the greatest. */
  readonly worst?: 'least';
  readonly meaning: string;
}

const ELECTION_METRICS = {
  /** Each process sends one sample a minute. A sum over 61 shows two leaders; a sum of 0, none. */
  LeadingSeconds: {
    unit: 'Seconds',
    of: 'elections',
    perElection: true,
    meaning: 'seconds of this minute spent leading',
  },
  LeadershipAcquired: {
    unit: 'Count',
    of: 'elections',
    perElection: true,
    meaning: 'terms begun',
  },
  LeadershipLost: {
    unit: 'Count',
    of: 'elections',
    perElection: false,
    meaning: 'terms ended, by reason',
  },
  RenewalLatency: {
    unit: 'Milliseconds',
    of: 'elections',
    perElection: false,
    meaning: 'first attempt to confirmation',
  },
  LeaseMargin: {
    unit: 'Milliseconds',
    of: 'elections',
    perElection: true,
    worst: 'least',
    meaning: 'lease left when a renewal was confirmed',
  },
  Token: {
    unit: 'None',
    of: 'elections',
    perElection: false,
    sample: 'latest',
    meaning: 'number of the current term',
  },
} as const satisfies Record<string, Metric>;

const SHARED_METRICS = {
  LeaderlessTime: {
    unit: 'Milliseconds',
    of: 'both',
    perElection: false,
    meaning: 'since the last sign of the old leader, as the new one saw it',
  },
  FencingRejections: {
    unit: 'Count',
    of: 'both',
    perElection: true,
    meaning: 'stale writes refused',
  },
} as const satisfies Record<string, Metric>;

const GROUP_METRICS = {
  /** One sample a minute and member: the sum is the number of partitions that are led. */
  PartitionsLed: {
    unit: 'Count',
    of: 'groups',
    perElection: true,
    meaning: 'partitions led, as the mean of this minute',
  },
  /** One sample a minute and member: the sum is the number of members. */
  Members: {
    unit: 'Count',
    of: 'groups',
    perElection: true,
    meaning: 'members, as the mean of this minute',
  },
  /** One sample a minute and member: the sum is what lasted longer than a hand-over. */
  PartitionsVacant: {
    unit: 'Count',
    of: 'groups',
    perElection: true,
    sample: 'least',
    meaning: 'partitions that were given to a member and led by nobody, the fewest of this minute',
  },
  Imbalance: {
    unit: 'None',
    of: 'groups',
    perElection: true,
    sample: 'latest',
    meaning: 'partitions of the largest member over the mean, as planned',
  },
  HeartbeatMargin: {
    unit: 'Milliseconds',
    of: 'groups',
    perElection: true,
    worst: 'least',
    meaning: 'lease left when a heartbeat was confirmed',
  },
  PartitionMoves: {
    unit: 'Count',
    of: 'groups',
    perElection: true,
    meaning: 'partitions that a new plan gave to another member',
  },
  HandOverOverdue: {
    unit: 'Count',
    of: 'groups',
    perElection: true,
    meaning: 'partitions that were not handed over in time',
  },
  HandOverTime: {
    unit: 'Milliseconds',
    of: 'groups',
    perElection: false,
    meaning: 'from the plan to the new leader',
  },
  PlanVersion: {
    unit: 'None',
    of: 'groups',
    perElection: false,
    sample: 'latest',
    meaning: 'number of the newest plan',
  },
  PlanDelay: {
    unit: 'Milliseconds',
    of: 'groups',
    perElection: false,
    meaning: 'from writing a plan to another member’s reading it',
  },
  MembersDeposed: {
    unit: 'Count',
    of: 'groups',
    perElection: false,
    meaning: 'members that were silent for their lease',
  },
  PartitionsStuck: {
    unit: 'Count',
    of: 'groups',
    perElection: false,
    meaning: 'partitions whose work did not stop in time',
  },
} as const satisfies Record<string, Metric>;

export type MetricName =
  | keyof typeof ELECTION_METRICS
  | keyof typeof SHARED_METRICS
  | keyof typeof GROUP_METRICS;

export const METRICS: Readonly<Record<MetricName, Metric>> = {
  ...ELECTION_METRICS,
  ...SHARED_METRICS,
  ...GROUP_METRICS,
};

/** The metrics of an election, or of a group, in the order of the table. */
export function metricsOf(whose: 'elections' | 'groups'): readonly MetricName[] {
  const names = Object.keys(METRICS) as MetricName[];
  return names.filter((name) => METRICS[name].of === whose || METRICS[name].of === 'both');
}
