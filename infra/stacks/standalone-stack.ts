/**
 * Table, alarms and queue for those without CDK: synthesized once, published with the package as a plain
 * CloudFormation template that SAM and Terraform users deploy as it is. Needs no bootstrap and no asset.
 */
import {
  App,
  BootstraplessSynthesizer,
  CfnCondition,
  CfnOutput,
  CfnParameter,
  Fn,
  Stack,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { BatonQueue } from '../constructs/queue/baton-queue.ts';
import { ElectionTable } from '../constructs/table/election-table.ts';
import {
  offerAlarms,
  offerTableOptions,
  resourcesIn,
  withElectionParameter,
} from './standalone-options.ts';

export class StandaloneStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      synthesizer: new BootstraplessSynthesizer(),
      analyticsReporting: false,
      description: 'tenure: the lease table, with alarms and a baton queue where they are wished',
    });
    const elections = new ElectionTable(this, 'Elections');
    const { table } = elections;
    offerTableOptions(this, table);
    offerAlarms(this, elections);
    this.put('TableName', table.tableName, 'export TENURE_TABLE=<this>');
    this.put('TableArn', table.tableArn, 'What tenure policy confines a role to');
    this.put('TableStreamArn', table.tableStreamArn ?? '', 'Changes of leaders, and renewals');
    this.addQueue();
  }

  private addQueue(): void {
    const wished = new CfnParameter(this, 'WithBatonQueue', {
      type: 'String',
      allowedValues: ['true', 'false'],
      default: 'false',
      description: 'Whether to create a FIFO queue for an election without a table',
    });
    const condition = new CfnCondition(this, 'HasBatonQueue', {
      expression: Fn.conditionEquals(wished.valueAsString, 'true'),
    });
    // Its name is no part of the template: candidates say which election the queue decides.
    const baton = new BatonQueue(this, 'Baton', { election: 'any' });
    for (const resource of resourcesIn(baton)) resource.cfnOptions.condition = condition;
    this.put('BatonQueueUrl', baton.queue.queueUrl, 'tenure run … --queue <this>', condition);
    this.put(
      'BatonQueueArn',
      baton.queue.queueArn,
      'tenure policy … --queue-arn <this>',
      condition,
    );
  }

  private put(id: string, value: string, description: string, condition?: CfnCondition): void {
    new CfnOutput(this, id, { value, description, ...(condition ? { condition } : {}) });
  }
}

/** The template as an object, the same for the same version of the package. */
export function standaloneTemplate(): unknown {
  const app = new App({
    analyticsReporting: false,
    // It takes a parameter's default for its value, empty ones too; cfn-lint reads conditions.
    builtinCloudFormationValidation: false,
    context: { 'aws:cdk:enable-path-metadata': false },
  });
  new StandaloneStack(app, 'Tenure');
  return withElectionParameter(app.synth().getStackByName('Tenure').template);
}
