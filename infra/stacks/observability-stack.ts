/**
 * The stack that only looks: alarms, the dashboard, and an event for each change of leader. It can be
 * removed and deployed again without touching an election.
 */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type AppConfig, serviceElectionOf } from '../config.ts';
import type { IElectionTable } from '../constructs/table/election-table-base.ts';
import { ElectionAlarms } from '../constructs/watching/election-alarms.ts';
import { ElectionDashboard } from '../constructs/watching/election-dashboard.ts';
import { LeaderChanges } from '../constructs/watching/leader-changes.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly config: AppConfig;
  readonly table: IElectionTable;
  readonly logGroups: readonly ILogGroup[];
}

export class ObservabilityStack extends Stack {
  readonly elections: readonly ElectionAlarms[];
  readonly dashboard: ElectionDashboard;
  readonly leaderChanges: LeaderChanges;

  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { config, table, logGroups } = props;
    this.elections = this.watch(config, table);
    this.dashboard = new ElectionDashboard(this, 'Elections', {
      elections: this.elections,
      logGroups,
    });
    this.leaderChanges = new LeaderChanges(this, 'LeaderChanges', { table });
    new CfnOutput(this, 'Dashboard', {
      description: 'Who leads, since when, how healthy',
      value: this.dashboard.url,
    });
    new CfnOutput(this, 'UndeliveredChanges', {
      description: 'Changes of leader that could not be sent; empty when all is well',
      value: this.leaderChanges.undelivered.queueUrl,
    });
  }

  private watch(config: AppConfig, store: IElectionTable): readonly ElectionAlarms[] {
    const { election, timings, minutes } = config;
    const scheduled = new ElectionAlarms(this, 'LeaderTaskAlarms', {
      election,
      store,
      timings,
      scheduleInterval: Duration.minutes(minutes),
    });
    if (config.service === undefined) return [scheduled];
    const service = serviceElectionOf(config);
    return [
      scheduled,
      new ElectionAlarms(this, 'ServiceAlarms', { election: service, store, timings }),
    ];
  }
}
