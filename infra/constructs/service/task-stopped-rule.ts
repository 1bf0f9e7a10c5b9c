/**
 * Ends a lease as soon as ECS reports its task stopped, instead of waiting the lease out.
 *
 * Decides which events count: only `STOPPED` on Fargate means that the process is dead; events are
 * repeated and unordered, which the function bears.
 */
import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { environmentOf } from '../election/environment.ts';
import { type BundledFunctionOptions, bundledFunction } from '../function/function-defaults.ts';
import type { IElectionTable } from '../table/election-table-base.ts';

/** Props of `TaskStoppedRule`. */
export interface TaskStoppedRuleProps {
  readonly election: string;
  readonly table: IElectionTable;
  readonly clusterArn: string;
  readonly serviceName: string;
  /** VPC, memory, logs, concurrency and the like of the function. Left out: as small as it gets. */
  readonly function?: BundledFunctionOptions;
}

/** The rule and its function, which ships bundled. `LeaderService` creates one. */
export class TaskStoppedRule extends Construct {
  readonly function: Lambda;
  readonly rule: Rule;

  constructor(scope: Construct, id: string, props: TaskStoppedRuleProps) {
    super(scope, id);
    const { election, table } = props;
    this.function = bundledFunction(this, {
      name: 'task-stopped',
      options: {
        memorySize: 256,
        timeout: Duration.seconds(30),
        environment: {
          ...environmentOf({ election, table, timings: {} }),
          TENURE_CLUSTER_ARN: props.clusterArn,
          TENURE_SERVICE_NAME: props.serviceName,
        },
      },
      chosen: props.function,
    });
    table.grantTaskStopped(this.function, election);
    this.rule = new Rule(this, 'Rule', {
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: {
          lastStatus: ['STOPPED'],
          launchType: ['FARGATE'],
          clusterArn: [props.clusterArn],
          group: [`service:${props.serviceName}`],
        },
      },
      // After a lease or two the record has changed hands by itself.
      targets: [
        new LambdaFunction(this.function, { retryAttempts: 5, maxEventAge: Duration.minutes(5) }),
      ],
    });
  }
}
