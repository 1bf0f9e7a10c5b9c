/**
 * Alarms out of a table: one for each entry, named as the entry, with its runbook in what it says.
 *
 * Decides what all alarms have in common, and nothing of what they watch.
 */
import {
  Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmDescription, type Runbook } from './runbooks.ts';

/** What one alarm watches. */
export interface Watch extends CreateAlarmOptions {
  readonly metric: IMetric;
}

/** An entry of a table of alarms. */
export interface AlarmKind<Of> extends Runbook {
  readonly watch: (of: Of) => Watch;
}

/** An alarm on a number above the threshold, in so many periods in a row. Silence is no finding. */
export function above(metric: IMetric, threshold: number, evaluationPeriods = 1): Watch {
  return {
    metric,
    threshold,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
}

/**
 * An alarm on what is left of a lease: below a third of it. The network may cause one late beat; two
 * within three minutes are a finding.
 */
export function marginLow(metric: IMetric, leaseDurationMs: number): Watch {
  return {
    metric,
    threshold: leaseDurationMs / 3,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
}

/** Whom the alarms of a table are about, and whom they tell. */
export interface AlarmsAbout {
  readonly what: 'Election' | 'Group';
  readonly election: string;
  readonly page: string | undefined;
  readonly actions: readonly IAlarmAction[] | undefined;
}

/** The alarms of the whole table, by the names of its entries. */
export function alarmsOf<Name extends string, Of>(
  scope: Construct,
  table: Readonly<Record<Name, AlarmKind<Of>>>,
  of: Of,
  { actions, ...about }: AlarmsAbout,
): Readonly<Record<Name, Alarm>> {
  const made = Object.entries<AlarmKind<Of>>(table).map(([name, kind]) => {
    const options = {
      ...kind.watch(of),
      alarmDescription: alarmDescription({ ...kind, ...about }),
    };
    return [name, madeAlarm(scope, name, options, actions)];
  });
  return Object.fromEntries(made);
}

/** The alarm notifies these actions when it begins and when it ends. */
export function madeAlarm(
  scope: Construct,
  name: string,
  options: Watch,
  actions: readonly IAlarmAction[] = [],
): Alarm {
  const alarm = new Alarm(scope, `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, options);
  for (const action of actions) {
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
  return alarm;
}
