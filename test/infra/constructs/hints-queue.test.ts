/**
 * The queue of hints, and what its grant renders against every call of a hint that is sent and heard.
 */
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { expect, it, onTestFinished } from 'vitest';
import {
  BatonQueue,
  DeliveryAlarms,
  HintsQueue,
  type HintsQueueProps,
} from '../../../infra/index.ts';
import { sqsHints } from '../../../lib/sqs/index.ts';
import { startStrictSqs } from '../../support/sqs/strict-sqs.ts';
import { attributesOf } from '../deployment/deployed.ts';
import { resourcesOf } from '../deployment/local-deployment.ts';
import { actionsOf } from '../permissions/iam.ts';

function rendered(propsOf: (stack: Stack) => HintsQueueProps = () => ({})) {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Test');
  const hints = new HintsQueue(stack, 'Hints', propsOf(stack));
  const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com');
  hints.grantCandidate(new Role(stack, 'Role', { assumedBy }));
  const template = Template.fromStack(stack);
  const [policy] = resourcesOf(template.toJSON() as never, 'AWS::IAM::Policy');
  const actions: string[] = policy?.properties.PolicyDocument.Statement.flatMap(actionsOf);
  return { template, actions };
}

it('keeps hints for a minute, and is encrypted', () => {
  rendered().template.hasResourceProperties('AWS::SQS::Queue', {
    FifoQueue: Match.absent(),
    MessageRetentionPeriod: 60,
    ReceiveMessageWaitTimeSeconds: 20,
    SqsManagedSseEnabled: true,
  });
});

it('takes a key of one’s own, and grants it', () => {
  const { template, actions } = rendered((stack) => ({ encryptionKey: new Key(stack, 'Key') }));

  template.hasResourceProperties('AWS::SQS::Queue', { KmsMasterKeyId: Match.anyValue() });
  expect(actions).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']));
});

it('grants every call of a hint that is sent and heard, and no other', async () => {
  const sqs = await startStrictSqs();
  onTestFinished(() => sqs[Symbol.asyncDispose]());
  const { template, actions } = rendered();
  const [queue] = resourcesOf(template.toJSON() as never, 'AWS::SQS::Queue');
  const Attributes = attributesOf(queue?.properties);
  const created = await sqs.client.send(new CreateQueueCommand({ QueueName: 'hints', Attributes }));
  const before = sqs.calls.length;
  const open = sqsHints({ queueUrl: created.QueueUrl ?? '', clientConfig: sqs.clientConfig });
  const { announce, wait } = open({ name: 'orders' });
  const { signal } = new AbortController();

  const heard = wait({ signal });
  await announce({ signal });
  await heard;

  // The deletion follows the hint.
  const made = () =>
    new Set(sqs.calls.slice(before).map(({ action }) => `sqs:${action.replace(/Batch$/, '')}`));
  while (!made().has('sqs:DeleteMessage')) await new Promise((resolve) => setImmediate(resolve));
  expect(made()).toEqual(new Set(actions));
});

it('is watched for hints that nobody hears, and a baton’s queue for batons that nobody takes', () => {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Test');
  const hints = new HintsQueue(stack, 'Hints');
  const baton = new BatonQueue(stack, 'Baton', { election: 'orders' });
  const { all } = new DeliveryAlarms(stack, 'Deliveries', { hints, baton });
  const template = Template.fromStack(stack);
  const Dimensions = (queue: string) => [
    { Name: 'QueueName', Value: { 'Fn::GetAtt': [Match.stringLikeRegexp(queue), 'QueueName'] } },
  ];
  const above = { ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'notBreaching' };

  expect(all).toHaveLength(5);
  for (const [queue, MetricName, Threshold, EvaluationPeriods] of [
    ['Hints', 'ApproximateAgeOfOldestMessage', 30, 5],
    ['Hints', 'ApproximateNumberOfMessagesVisible', 100, 1],
    ['Baton', 'ApproximateAgeOfOldestMessage', 172_800, 1],
    ['Baton', 'ApproximateNumberOfMessagesVisible', 10, 1],
  ] as const) {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ MetricName, Threshold, EvaluationPeriods, Dimensions: Dimensions(queue), ...above },
      Namespace: 'AWS/SQS',
      Statistic: 'Maximum',
    });
  }
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...{ Threshold: 0, EvaluationPeriods: 2, ...above },
    Metrics: Match.arrayWith([
      Match.objectLike({ Expression: 'IF(held < 1 AND waiting > 0, 1, 0)' }),
    ]),
  });
});
