/**
 * The alarms of an election, one entry each: what it watches, and its runbook.
 *
 * Decides thresholds and windows. Leadership is judged by `LeadingSeconds` alone: each process reports
 * once a minute how long it led. So one leader sums to at most 60, two to more, and none to 0. A new
 * alarm is one entry here and one section of `docs/operations.md`.
 */
import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Timings } from '../../../lib/core/time/timing.ts';
import { type AlarmKind, above, marginLow } from './alarms-of.ts';
import { electionMetric, type IElectionStore } from './election-metrics.ts';

/** One second over a minute: samples of two minutes may fall into one, by rounding. */
const ONE_LEADER_SECONDS_MAX = 61;
const CHANGES_WINDOW = Duration.minutes(15);
const CHANGES_MAX_DEFAULT = 4;
const MINUTE = Duration.minutes(1);

/** When a schedule fires, in UTC. Outside of these hours no candidate has to lead. */
export interface WorkingHours {
  /** The first hour, from 0 to 23. */
  readonly fromHour: number;
  /** The hour at which it ends, from 1 to 24. */
  readonly toHour: number;
  /** Left out: Monday to Friday. */
  readonly days?: 'weekdays' | 'every-day';
}

/** What the entries know of the election that they watch. */
export interface Watched {
  readonly election: string;
  readonly store: IElectionStore;
  readonly timings: Timings;
  readonly scheduleInterval: Duration | undefined;
  readonly workingHours: WorkingHours | undefined;
  readonly changesMax: number | undefined;
  readonly severalRegions: boolean;
}

export const ALARMS = {
  nobodyLeads: {
    anchor: 'nobody-leads',
    symptom: 'nobody leads',
    firstCommand: 'tenure status <election>',
    watch: (of) => ({
      metric: leadershipOf(of),
      // Where another Region may lead, only silence is a finding: see `severalRegions`.
      threshold: of.severalRegions ? -1 : 0,
      comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 2,
      // Dead processes report nothing: their silence is what this alarm is for.
      treatMissingData: TreatMissingData.BREACHING,
    }),
  },
  twoLead: {
    anchor: 'two-believe-they-lead',
    symptom: 'two believe that they lead',
    firstCommand: 'tenure status <election>',
    watch: (of) =>
      // Two: a hand-over lets the samples of both leaders fall into one minute, but not into two.
      above(metricOf('LeadingSeconds', of), ONE_LEADER_SECONDS_MAX, 2),
  },
  changesTooOften: {
    anchor: 'leadership-changes-too-often',
    symptom: 'leadership changes too often',
    firstCommand: 'tenure history <election>',
    watch: (of) =>
      above(
        metricOf('LeadershipAcquired', of, { period: CHANGES_WINDOW }),
        of.changesMax ?? changesMaxDefault(of.scheduleInterval),
      ),
  },
  renewalsLate: {
    anchor: 'renewals-are-late',
    symptom: 'renewals are late',
    firstCommand: 'tenure doctor <election>',
    watch: (of) =>
      marginLow(
        metricOf('LeaseMargin', of, { statistic: Stats.MINIMUM }),
        of.timings.leaseDurationMs,
      ),
  },
  staleWritesRefused: {
    anchor: 'stale-writes-are-refused',
    symptom: 'stale writes are refused',
    firstCommand: 'tenure history <election>',
    watch: (of) => above(metricOf('FencingRejections', of, { period: Duration.minutes(5) }), 0),
  },
} as const satisfies Record<string, AlarmKind<Watched>>;

/** The alarms of an election. */
export type AlarmName = keyof typeof ALARMS;

function metricOf(
  name: Parameters<typeof electionMetric>[0],
  { election, store }: Watched,
  options?: Parameters<typeof electionMetric>[2],
) {
  return electionMetric(name, { election, store: store.storeName }, options);
}

function leadershipOf(of: Watched): IMetric {
  const period = wholeMinutes(of.scheduleInterval ?? MINUTE);
  const led = metricOf('LeadingSeconds', of, { period });
  if (of.workingHours === undefined) return led;
  const { fromHour, toHour, days = 'weekdays' } = of.workingHours;
  const during = [
    `HOUR(led) >= ${fromHour}`,
    `HOUR(led) < ${toHour}`,
    ...(days === 'weekdays' ? ['DAY(led) <= 5'] : []),
  ].join(' AND ');
  // Outside the hours the alarm sees a leader. Inside them, missing samples mean that there is
  // none.
  const expression = `IF(${during}, FILL(led, 0), 1)`;
  return new MathExpression({ expression, usingMetrics: { led }, period, label: 'led' });
}

function changesMaxDefault(interval: Duration | undefined): number {
  if (interval === undefined) return CHANGES_MAX_DEFAULT;
  const firings = Math.ceil(CHANGES_WINDOW.toSeconds() / interval.toSeconds());
  return Math.max(CHANGES_MAX_DEFAULT, 2 * firings);
}

/** CloudWatch takes whole minutes above one. */
function wholeMinutes(interval: Duration): Duration {
  return Duration.minutes(Math.max(1, Math.ceil(interval.toSeconds() / 60)));
}
