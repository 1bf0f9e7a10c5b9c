/**
 * The alarms of a group, as `group-alarm-table.ts` lists them. `ElectionGroup` makes them.
 */
import { Alarm, type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { alarmDescription, raise } from '../watching/runbooks.ts';
import { GROUP_ALARMS, type GroupAlarmName, type WatchedGroup } from './group-alarm-table.ts';

export interface GroupAlarmsProps extends WatchedGroup {
  readonly actions: readonly IAlarmAction[] | undefined;
  readonly runbookPage: string | undefined;
}

/** Each by its name, and all of them. */
export class GroupAlarms extends Construct {
  readonly named: Readonly<Record<GroupAlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: GroupAlarmsProps) {
    super(scope, id);
    const names = Object.keys(GROUP_ALARMS) as GroupAlarmName[];
    const about = { what: 'Group', election: props.group, page: props.runbookPage } as const;
    this.named = Object.fromEntries(
      names.map((name) => {
        const { metric, ...options } = GROUP_ALARMS[name].watch(props);
        const alarm = new Alarm(this, `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, {
          ...options,
          metric,
          alarmDescription: alarmDescription({ ...GROUP_ALARMS[name], ...about }),
        });
        return [name, raise(alarm, props.actions)];
      }),
    ) as Record<GroupAlarmName, Alarm>;
  }

  get all(): readonly Alarm[] {
    return Object.values(this.named);
  }
}
