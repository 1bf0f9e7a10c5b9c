import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions } from '../../../functions/bundle.ts';
import {
  ElectionTicks,
  type ElectionTicksProps,
} from '../../../infra/constructs/queue/election-ticks.ts';

beforeAll(() => bundleFunctions(['election-ticks']));

function ticksWith(props: Partial<ElectionTicksProps> = {}) {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Test');
  const partitionKey = { name: 'pk', type: AttributeType.STRING };
  const table = new Table(stack, 'Table', { partitionKey });
  return { stack, ticks: new ElectionTicks(stack, 'Ticks', { table, ...props }) };
}

describe('the ticks of elections', () => {
  it('are worked one at a time', () => {
    const template = Template.fromStack(ticksWith().stack);
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { BatchSize: 1 });
  });

  it('stay invisible for six times as long as the function may take', () => {
    const { stack } = ticksWith({ timeout: Duration.seconds(20) });
    Template.fromStack(stack).hasResourceProperties('AWS::SQS::Queue', {
      FifoQueue: true,
      VisibilityTimeout: 120,
    });
  });

  it('go to a FIFO queue for 14 days when they cannot be worked', () => {
    const template = Template.fromStack(ticksWith({ receiveCountMax: 3 }).stack);
    template.hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: Match.objectLike({ maxReceiveCount: 3 }),
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      FifoQueue: true,
      MessageRetentionPeriod: 14 * 24 * 3_600,
      RedrivePolicy: Match.absent(),
    });
  });

  it("let the function write the ticks' rows and nothing else of the table", () => {
    Template.fromStack(ticksWith().stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'dynamodb:UpdateItem',
            Condition: {
              'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['ticks#*'] },
              Null: { 'dynamodb:LeadingKeys': 'false' },
            },
          }),
        ]),
      },
    });
  });

  it('may be sent by whom it is granted', () => {
    const { stack, ticks } = ticksWith();
    const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com');
    ticks.grantSend(new Role(stack, 'Role', { assumedBy }));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [Match.objectLike({ Action: 'sqs:SendMessage' })] },
    });
  });

  it('are refused with a timeout that Lambda cannot have, or no delivery at all', () => {
    expect(() => ticksWith({ timeout: Duration.minutes(16) })).toThrow(
      /Test\/Ticks: timeout must be at most 900 seconds, got 960/,
    );
    expect(() => ticksWith({ receiveCountMax: 0 })).toThrow(/receiveCountMax must be .* got 0/);
  });
});
