/**
 * The stack that must outlive the others: the lease table, whose loss restarts every token, and the
 * table of the work, whose stamps refuse stale leaders.
 */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AppConfig } from '../config.ts';
import { ElectionTable } from '../constructs/table/election-table.ts';
import { WorkTable } from './work-table.ts';

export interface StateStackProps extends StackProps {
  readonly config: AppConfig;
}

/** Protected against deletion, with its table, unless the app is a trial. */
export class StateStack extends Stack {
  readonly table: ElectionTable;
  readonly work: WorkTable;

  constructor(scope: Construct, id: string, props: StateStackProps) {
    const { config, ...rest } = props;
    super(scope, id, { terminationProtection: !config.ephemeral, ...rest });
    const lasting = {
      deletionProtection: !config.ephemeral,
      removalPolicy: config.ephemeral
        ? RemovalPolicy.DESTROY
        : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    };
    this.table = new ElectionTable(this, 'Elections', lasting);
    this.work = new WorkTable(this, 'Work', lasting);
    new CfnOutput(this, 'TableName', {
      description: 'The lease table: export TENURE_TABLE=<this>',
      value: this.table.tableName,
    });
    new CfnOutput(this, 'TableArn', {
      description: 'What tenure policy confines a role to, and what events of leader changes name',
      value: this.table.tableArn,
    });
    new CfnOutput(this, 'WorkTableName', {
      description: 'What the leaders have done: a row for each unit',
      value: this.work.table.tableName,
    });
    new CfnOutput(this, 'WhoLeads', {
      description: 'What to type to see who leads',
      value: `tenure status ${config.election} --table ${this.table.tableName} --region ${this.region}`,
    });
  }
}
