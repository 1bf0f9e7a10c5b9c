/**
 * An app of one's own: a scheduled function and a service, each with one leader, alarms and a dashboard.
 */

import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as cdk from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import {
  ElectionAlarms,
  ElectionDashboard,
  ElectionTable,
  LeaderChanges,
  LeaderFunction,
  LeaderService,
} from '../../../infra/index.ts';

export class MyAppStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const table = new ElectionTable(this, 'Elections');

    // One of many invocations does the work.
    const interval = cdk.Duration.minutes(5);
    new LeaderFunction(this, 'Report', {
      table,
      election: 'report',
      entry: 'lib/report.ts',
      schedule: ScheduleExpression.rate(interval),
    });

    // One of three tasks leads; the others stand by in another zone. A deployment after which nobody
    // leads is rolled back.
    const pollerAlarms = new ElectionAlarms(this, 'PollerAlarms', {
      election: 'poller',
      store: table,
    });
    const poller = new LeaderService(this, 'Poller', {
      table,
      election: 'poller',
      image: ContainerImage.fromAsset('worker', { platform: Platform.LINUX_ARM64 }),
      desiredCount: 3,
      spot: true,
      deploymentAlarms: pollerAlarms,
    });

    const changes = new LeaderChanges(this, 'Changes', { table });
    changes.onLeaderChanged('PollerChanged', { election: 'poller' });
    new ElectionDashboard(this, 'Dashboard', {
      elections: [
        new ElectionAlarms(this, 'ReportAlarms', {
          election: 'report',
          store: table,
          scheduleInterval: interval,
        }),
        pollerAlarms,
      ],
      logGroups: [poller.logGroup],
    });
  }
}
