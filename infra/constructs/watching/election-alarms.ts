/**
 * The alarms of an election, as `alarm-table.ts` lists them.
 *
 * Decides whom they tell, and refuses what CloudWatch could not evaluate.
 */
import type { Duration } from 'aws-cdk-lib';
import type { Alarm, IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type Timings, timingProblems, withDefaults } from '../../../lib/core/time/timing.ts';
import { electionNameProblems } from '../election/election-name.ts';
import { refuse } from '../election/refusal.ts';
import { ALARMS, type AlarmName, type WorkingHours } from './alarm-table.ts';
import { alarmsOf } from './alarms-of.ts';
import type { IElectionStore } from './election-metrics.ts';

/** Props of `ElectionAlarms`. */
export interface ElectionAlarmsProps {
  readonly election: string;
  /** The `ElectionTable` or `BatonQueue` that decides it: elections of one name in two are two. */
  readonly store: IElectionStore;
  /** Left out: the library's defaults. The margin alarm compares with `leaseDurationMs`. */
  readonly timings?: Partial<Timings>;
  /**
   * The longest gap between two firings, for an election led by a schedule. Left out: the leader leads
   * all the time, and two minutes without one are an alarm. Given: two firings without one are.
   */
  readonly scheduleInterval?: Duration;
  /** Left out: a leader is missed at any hour. Given: only while the schedule fires. */
  readonly workingHours?: WorkingHours;
  /**
   * Terms begun in 15 minutes above which leadership changes too often. Left out: four, and with
   * `scheduleInterval` twice the firings in that time, since each firing may be a term of its own.
   */
  readonly changesMax?: number;
  /**
   * Whether another Region may lead. Left out: as `store` has it, an `ElectionTable` with `multiRegion`.
   * Metrics stay in their Region, so 0 seconds led here are then normal, and "nobody leads" means that
   * no process of this Region reports at all. Who leads among Regions is what `tenure status` tells.
   */
  readonly severalRegions?: boolean;
  /** Left out: alarms change state and notify no one. */
  readonly actions?: readonly IAlarmAction[];
  /** Where the runbooks are. Left out: the page of this version of the package, on the web. */
  readonly runbookPage?: string;
}

/** Not for batons whose candidates report no metrics: nothing here reads the table or the queue. */
export class ElectionAlarms extends Construct {
  readonly election: string;
  readonly store: IElectionStore;
  readonly leaseDurationMs: number;
  readonly named: Readonly<Record<AlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: ElectionAlarmsProps) {
    super(scope, id);
    const timings = withDefaults(props.timings ?? {});
    refuse(this, [
      ...electionNameProblems(props.election),
      ...timingProblems(timings),
      ...intervalProblems(props.scheduleInterval),
      ...hoursProblems(props.workingHours),
    ]);
    this.election = props.election;
    this.store = props.store;
    this.leaseDurationMs = timings.leaseDurationMs;
    const watched = {
      ...{ election: props.election, store: props.store, timings },
      scheduleInterval: props.scheduleInterval,
      workingHours: props.workingHours,
      changesMax: props.changesMax,
      severalRegions: props.severalRegions ?? props.store.severalRegions ?? false,
    };
    const { election, runbookPage: page, actions } = props;
    this.named = alarmsOf(this, ALARMS, watched, { what: 'Election', election, page, actions });
  }

  get all(): readonly Alarm[] {
    return Object.values(this.named);
  }
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

function hoursProblems(hours: WorkingHours | undefined): readonly string[] {
  if (hours === undefined) return [];
  const { fromHour, toHour } = hours;
  const whole = Number.isInteger(fromHour) && Number.isInteger(toHour);
  if (whole && fromHour >= 0 && fromHour < toHour && toHour <= 24) return [];
  return [
    `workingHours must go from an hour of 0 to 23 to a later one of at most 24, in UTC, got ${fromHour} ` +
      `to ${toHour}; split hours over midnight into two elections, or leave workingHours out`,
  ];
}
