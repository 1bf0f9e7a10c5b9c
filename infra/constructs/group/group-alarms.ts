/**
 * The alarms of a group, as `group-alarm-table.ts` lists them. `ElectionGroup` makes them.
 */
import type { Alarm, IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { alarmsOf } from '../watching/alarms-of.ts';
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
    const { group: election, runbookPage: page, actions } = props;
    this.named = alarmsOf(this, GROUP_ALARMS, props, { what: 'Group', election, page, actions });
  }

  get all(): readonly Alarm[] {
    return Object.values(this.named);
  }
}
