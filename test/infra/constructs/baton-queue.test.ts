import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { BatonQueue, type BatonQueueProps } from '../../../infra/constructs/queue/baton-queue.ts';

function stackWith(props: Partial<BatonQueueProps> = {}, key = false) {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Test');
  const encryption = key ? { encryptionKey: new Key(stack, 'Key') } : {};
  const baton = new BatonQueue(stack, 'Baton', { election: 'orders', ...encryption, ...props });
  return { stack, baton };
}

function candidateStatements(key: boolean) {
  const { stack, baton } = stackWith({}, key);
  const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com');
  baton.grantCandidate(new Role(stack, 'Role', { assumedBy }));
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policy?.Properties.PolicyDocument.Statement as { Action: string[]; Resource: unknown }[];
}

describe('the queue of a baton election', () => {
  it('is FIFO, keeps messages 14 days, and neither deduplicates by content nor gives up on one', () => {
    Template.fromStack(stackWith().stack).hasResourceProperties('AWS::SQS::Queue', {
      FifoQueue: true,
      ContentBasedDeduplication: false,
      MessageRetentionPeriod: 14 * 24 * 3_600,
      VisibilityTimeout: 30,
      SqsManagedSseEnabled: true,
      RedrivePolicy: Match.absent(),
      QueueName: Match.absent(),
    });
  });

  it('refuses requests without TLS', () => {
    Template.fromStack(stackWith().stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      },
    });
  });

  it('lets a candidate do what the baton takes and nothing else', () => {
    expect(candidateStatements(false).map((statement) => statement.Action)).toEqual([
      [
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
      ],
    ]);
  });

  it('lets a candidate use the key of the user', () => {
    expect(candidateStatements(true).at(-1)?.Action).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
    ]);
  });

  it('is refused where a poll could outlast what it received', () => {
    expect(() => stackWith({ visibilityTimeout: Duration.seconds(20) })).toThrow(
      'visibilityTimeout must exceed pollWait, margin and two writes',
    );
    expect(() => stackWith({ visibilityTimeout: Duration.hours(13) })).toThrow('at most 12 hours');
    expect(() => stackWith({ pollWait: Duration.seconds(21) })).toThrow('pollWait must be at most');
  });

  it('measures the election that it decides', () => {
    expect(stackWith().baton.metric('LeadingSeconds')).toMatchObject({
      namespace: 'Tenure',
      dimensions: { Election: 'orders', Store: expect.stringContaining('Token') },
      statistic: 'Sum',
    });
  });
});
