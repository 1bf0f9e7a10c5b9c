/**
 * The five alarms of an election.
 *
 * Decides thresholds and windows. Leadership is judged by `LeadingSeconds` alone: each process reports
 * once a minute how long it led, so that one leader sums to at most 60, two to more, nobody to 0.
 */
import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  type IAlarmAction,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type Timings, timingProblems, withDefaults } from '../../../lib/core/time/timing.ts';
import { electionNameProblems } from '../election/election-name.ts';
import { refuse } from '../election/refusal.ts';
import { electionMetric } from './election-metrics.ts';
import { alarmDescription, RUNBOOK_PAGE_DEFAULT, type RunbookName } from './runbooks.ts';

/** One second over a minute: samples of two minutes may fall into one, by rounding. */
const ONE_LEADER_SECONDS_MAX = 61;
const CHANGES_WINDOW = Duration.minutes(15);
const CHANGES_MAX_DEFAULT = 4;
const MINUTE = Duration.minutes(1);

export interface ElectionAlarmsProps {
  readonly election: string;
  /** Left out: the library's defaults. The margin alarm compares with `leaseDurationMs`. */
  readonly timings?: Partial<Timings>;
  /**
   * The longest gap between two firings, for an election led by a schedule. Left out: the leader leads
   * all the time, and two minutes without one are an alarm. Given: two firings without one are.
   */
  readonly scheduleInterval?: Duration;
  /**
   * Terms begun in 15 minutes above which leadership changes too often. Left out: four, and with
   * `scheduleInterval` twice the firings in that time, since each firing may be a term of its own.
   */
  readonly changesMax?: number;
  /** Left out: alarms change state and tell nobody. */
  readonly actions?: readonly IAlarmAction[];
  /** Where the runbooks are. Left out: the path of the page inside this package. */
  readonly runbookPage?: string;
}

/** Not for batons whose candidates report no metrics: nothing here reads the table or the queue. */
export class ElectionAlarms extends Construct {
  readonly election: string;
  readonly leaseDurationMs: number;
  readonly nobodyLeads: Alarm;
  readonly twoLead: Alarm;
  readonly changesTooOften: Alarm;
  readonly renewalsLate: Alarm;
  readonly staleWritesRefused: Alarm;

  constructor(scope: Construct, id: string, props: ElectionAlarmsProps) {
    super(scope, id);
    const timings = withDefaults(props.timings ?? {});
    refuse(this, [
      ...electionNameProblems(props.election),
      ...timingProblems(timings),
      ...intervalProblems(props.scheduleInterval),
    ]);
    this.election = props.election;
    this.leaseDurationMs = timings.leaseDurationMs;
    this.nobodyLeads = this.raise('nobodyLeads', props, nobodyLeads(props));
    this.twoLead = this.raise('twoLead', props, twoLead(props));
    this.changesTooOften = this.raise('changesTooOften', props, changesTooOften(props));
    this.renewalsLate = this.raise('renewalsLate', props, renewalsLate(props, timings));
    this.staleWritesRefused = this.raise('staleWritesRefused', props, staleWrites(props));
  }

  get all(): readonly Alarm[] {
    return [
      this.nobodyLeads,
      this.twoLead,
      this.changesTooOften,
      this.renewalsLate,
      this.staleWritesRefused,
    ];
  }

  private raise(name: RunbookName, props: ElectionAlarmsProps, watch: Watch): Alarm {
    const page = props.runbookPage ?? RUNBOOK_PAGE_DEFAULT;
    const { metric, ...options } = watch;
    const alarm = metric.createAlarm(this, `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, {
      ...options,
      alarmDescription: alarmDescription({ name, election: props.election, page }),
    });
    for (const action of props.actions ?? []) {
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
    return alarm;
  }
}

interface Watch extends CreateAlarmOptions {
  readonly metric: Metric;
}

function nobodyLeads({ election, scheduleInterval = MINUTE }: ElectionAlarmsProps): Watch {
  return {
    metric: electionMetric('LeadingSeconds', election, { period: wholeMinutes(scheduleInterval) }),
    threshold: 0,
    comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 2,
    // Dead processes report nothing: their silence is what this alarm is for.
    treatMissingData: TreatMissingData.BREACHING,
  };
}

function twoLead({ election }: ElectionAlarmsProps): Watch {
  return {
    metric: electionMetric('LeadingSeconds', election),
    threshold: ONE_LEADER_SECONDS_MAX,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    // Two: a hand-over lets the samples of both leaders fall into one minute, but not into two.
    evaluationPeriods: 2,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
}

function changesTooOften(props: ElectionAlarmsProps): Watch {
  return {
    metric: electionMetric('LeadershipAcquired', props.election, { period: CHANGES_WINDOW }),
    threshold: props.changesMax ?? changesMaxDefault(props.scheduleInterval),
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
}

function changesMaxDefault(interval: Duration | undefined): number {
  if (interval === undefined) return CHANGES_MAX_DEFAULT;
  const firings = Math.ceil(CHANGES_WINDOW.toSeconds() / interval.toSeconds());
  return Math.max(CHANGES_MAX_DEFAULT, 2 * firings);
}

function renewalsLate({ election }: ElectionAlarmsProps, timings: Timings): Watch {
  return {
    metric: electionMetric('LeaseMargin', election, { statistic: Stats.MINIMUM }),
    threshold: timings.leaseDurationMs / 3,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 3,
    // One late renewal is the network's; a second within three minutes is a habit.
    datapointsToAlarm: 2,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
}

function staleWrites({ election }: ElectionAlarmsProps): Watch {
  return {
    metric: electionMetric('FencingRejections', election, { period: Duration.minutes(5) }),
    threshold: 0,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
}

/** CloudWatch takes whole minutes above one. */
function wholeMinutes(interval: Duration): Duration {
  return Duration.minutes(Math.max(1, Math.ceil(interval.toSeconds() / 60)));
}

/** CloudWatch evaluates periods of an hour and more over at most seven days, and of up to a day each. */
function intervalProblems(interval: Duration | undefined): readonly string[] {
  if (interval === undefined) return [];
  const seconds = interval.toSeconds();
  if (seconds > 0 && seconds <= 86_400) return [];
  return [
    `scheduleInterval must be above 0 and at most a day (86400 s), which is CloudWatch's longest ` +
      `period, got ${seconds} s; watch a rarer schedule by its own alarm`,
  ];
}
