/**
 * The stack that only observes: alarms, the dashboard, and an event for each change of leader. It can be
 * removed and deployed again without touching an election.
 */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AppConfig } from '../config.ts';
import type { IElectionTable } from '../constructs/table/election-table-base.ts';
import { DeliveryAlarms } from '../constructs/watching/delivery-alarms.ts';
import { ElectionAlarms } from '../constructs/watching/election-alarms.ts';
import { ElectionDashboard } from '../constructs/watching/election-dashboard.ts';
import { LeaderChanges } from '../constructs/watching/leader-changes.ts';
import type { AlarmOptions } from './alarm-options.ts';
import type { QueueStack } from './queue-stack.ts';
import type { WorkersStack } from './workers-stack.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly config: AppConfig;
  readonly table: IElectionTable;
  readonly alarms: AlarmOptions;
  readonly workers: WorkersStack;
  readonly queue: QueueStack | undefined;
}

export class ObservabilityStack extends Stack {
  readonly elections: readonly ElectionAlarms[];
  readonly dashboard: ElectionDashboard;
  readonly leaderChanges: LeaderChanges;

  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { table, workers } = props;
    const { logGroups } = workers;
    this.elections = this.watch(props);
    this.dashboard = new ElectionDashboard(this, 'Elections', {
      elections: this.elections,
      logGroups,
    });
    this.leaderChanges = new LeaderChanges(this, 'LeaderChanges', { table });
    new DeliveryAlarms(this, 'Deliveries', {
      leaderChanges: this.leaderChanges,
      leaderFunction: workers.leaderTask,
      ...(props.queue && { ticks: props.queue.ticks }),
      ...props.alarms,
    });
    new CfnOutput(this, 'Dashboard', {
      description: 'Who leads, since when, how healthy',
      value: this.dashboard.url,
    });
    new CfnOutput(this, 'UndeliveredChanges', {
      description: 'Changes of leader that could not be sent; empty when all is well',
      value: this.leaderChanges.undelivered.queueUrl,
    });
  }

  private watch(props: ObservabilityStackProps): readonly ElectionAlarms[] {
    const { election, timings, minutes } = props.config;
    const scheduled = new ElectionAlarms(this, 'LeaderTaskAlarms', {
      election,
      store: props.table,
      timings,
      scheduleInterval: Duration.minutes(minutes),
      ...props.alarms,
    });
    const { serviceAlarms } = props.workers;
    return serviceAlarms === undefined ? [scheduled] : [scheduled, serviceAlarms];
  }
}
