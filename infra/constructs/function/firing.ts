/**
 * A schedule that fires a function, and keeps the firings that could not be delivered.
 *
 * Decides the permissions of the schedule's role: to invoke this function, or this alias of it, and to
 * write to its own queue.
 */
import { Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, type ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledgeDependency } from '../election/dependency-lint.ts';

/** A firing that comes later than this is worth less than the next one. */
export const EVENT_AGE_MAX = Duration.minutes(5);

/** Fires `target`. Gives the queue of firings that were not delivered, which keeps them for 14 days. */
export function fireOnSchedule(
  scope: Construct,
  of: {
    readonly schedule: ScheduleExpression;
    readonly target: IFunction;
    readonly account: string;
  },
): Queue {
  const undelivered = new Queue(scope, 'Unfired', {
    enforceSSL: true,
    encryption: QueueEncryption.SQS_MANAGED,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(undelivered).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'this is the dead-letter queue of the schedule',
  });
  const role = new Role(scope, 'ScheduleRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': of.account } },
    }),
  });
  // The target's own grant would cover every version and alias too.
  role.addToPolicy(
    new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [of.target.functionArn],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [undelivered.queueArn] }),
  );
  const target = new LambdaInvoke(of.target, {
    role: role.withoutPolicyUpdates(),
    retryAttempts: 2,
    maxEventAge: EVENT_AGE_MAX,
    deadLetterQueue: undelivered,
  });
  const fired = new Schedule(scope, 'Schedule', { schedule: of.schedule, target });
  // EventBridge Scheduler checks at creation that the role may be assumed.
  fired.node.addDependency(role);
  acknowledgeDependency(fired);
  return undelivered;
}
