/**
 * The stack of what runs on queues: an election without a table, and coordination ticks. It must last
 * as long as the table's stack, since a new queue numbers its messages from the beginning.
 */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type AppConfig, queueElectionOf } from '../config.ts';
import { BatonQueue } from '../constructs/queue/baton-queue.ts';
import { ElectionTicks } from '../constructs/queue/election-ticks.ts';
import type { IElectionTable } from '../constructs/table/election-table-base.ts';

export interface QueueStackProps extends StackProps {
  readonly config: AppConfig;
  /** Where ticks keep their state. */
  readonly table: IElectionTable;
}

export class QueueStack extends Stack {
  readonly baton: BatonQueue;
  readonly ticks: ElectionTicks;

  constructor(scope: Construct, id: string, props: QueueStackProps) {
    const { config, table, ...rest } = props;
    super(scope, id, { terminationProtection: !config.ephemeral, ...rest });
    this.baton = new BatonQueue(this, 'Baton', {
      election: queueElectionOf(config),
      removalPolicy: config.ephemeral
        ? RemovalPolicy.DESTROY
        : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.ticks = new ElectionTicks(this, 'Ticks', { table: table.table });
    new CfnOutput(this, 'BatonQueueUrl', {
      description: `tenure run ${this.baton.election} --queue <this> -- your-command`,
      value: this.baton.queue.queueUrl,
    });
    new CfnOutput(this, 'TickQueueUrl', {
      description: 'Where sendTick() sends units of coordination work',
      value: this.ticks.queue.queueUrl,
    });
  }
}
