/**
 * The group of `main.ts` in an account: its alarms, its row of the dashboard, and the service whose tasks are its
 * members. The table is another stack's, since its tokens outlive the workers.
 */
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import {
  ElectionDashboard,
  ElectionGroup,
  type IElectionTable,
  LeaderService,
} from '../../infra/index.ts';

export interface PollersStackProps extends StackProps {
  readonly table: IElectionTable;
  readonly image: ContainerImage;
}

export class PollersStack extends Stack {
  constructor(scope: Construct, id: string, { table, image, ...props }: PollersStackProps) {
    super(scope, id, props);
    const pollers = new ElectionGroup(this, 'Pollers', { group: 'pollers', partitions: 64, table });
    const positions = new TableV2(this, 'Positions', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
    });
    // Four members. A deployment starts the new four first, and each takes the share of an old one.
    const workers = new LeaderService(this, 'Workers', {
      group: pollers,
      image,
      desiredCount: 4,
      deploymentAlarms: pollers.alarms,
      environment: { POSITIONS_TABLE: positions.tableName },
    });
    positions.grantReadWriteData(workers);
    new ElectionDashboard(this, 'Dashboard', { groups: [pollers], logGroups: [workers.logGroup] });
  }
}
