/**
 * The template for users without CDK: what it creates, and that the library elects on its table.
 */
import { randomUUID } from 'node:crypto';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, it, onTestFinished } from 'vitest';
import { standaloneTemplate } from '../../../infra/stacks/standalone-stack.ts';
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { createElection } from '../../../lib/index.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { type CloudFormation, createTable, resourcesOf } from '../deployment/local-deployment.ts';

const json = standaloneTemplate() as CloudFormation & {
  readonly Resources: Record<string, { Condition?: string; Metadata?: unknown }>;
};
const template = Template.fromJSON(json as never);

it('needs neither a bootstrapped account nor an asset, and names nothing of CDK', () => {
  const sections = ['Conditions', 'Description', 'Outputs', 'Parameters', 'Resources'];
  expect(new Set(Object.keys(json))).toEqual(new Set(sections));
  expect(JSON.stringify(json)).not.toMatch(/cdk/i);
});

it('creates the table retained and protected, and the queue only where it is wished', () => {
  template.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'RetainExceptOnCreate' });
  template.hasParameter('WithBatonQueue', { Default: 'false', AllowedValues: ['true', 'false'] });
  const conditional = Object.values(json.Resources).filter(({ Condition }) => Condition);
  const types = new Set(conditional.map(({ Type, Condition }) => `${Condition}: ${Type}`));
  expect(types).toEqual(
    new Set([
      ...['HasBatonQueue: AWS::SQS::Queue', 'HasBatonQueue: AWS::SQS::QueuePolicy'],
      'HasAlarmElection: AWS::CloudWatch::Alarm',
    ]),
  );
  template.resourceCountIs('AWS::SQS::Queue', 1);
});

it('lets name, key and protection of the table be chosen', () => {
  const when = (condition: string, yes: unknown, no: unknown = { Ref: 'AWS::NoValue' }) => ({
    'Fn::If': [condition, yes, no],
  });
  template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    TableName: when('HasNameOfTable', { Ref: 'NameOfTable' }),
    SSESpecification: when(
      'HasKeyArn',
      { SSEEnabled: true, SSEType: 'KMS' },
      { SSEEnabled: false },
    ),
    Replicas: [
      Match.objectLike({
        DeletionProtectionEnabled: when('IsProtected', true, false),
        SSESpecification: when('HasKeyArn', { KMSMasterKeyId: { Ref: 'KeyArn' } }),
      }),
    ],
  });
  template.hasParameter('DeletionProtection', { Default: 'true' });
});

it('watches an election that is named, by the five alarms of the constructs', () => {
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
  expect(alarms).toHaveLength(5);
  for (const { Properties } of alarms) {
    expect(Properties.Dimensions).toContainEqual({
      Name: 'Election',
      Value: { Ref: 'AlarmElection' },
    });
    const [condition, [topic]] = Properties.AlarmActions['Fn::If'];
    expect([condition, topic]).toEqual(['HasAlarmTopicArn', { Ref: 'AlarmTopicArn' }]);
  }
  expect(JSON.stringify(json)).not.toContain('the-election-of-the-parameter');
});

it('tells the names that commands and policies ask for', () => {
  for (const output of ['TableName', 'TableArn', 'TableStreamArn']) template.hasOutput(output, {});
  template.hasOutput('BatonQueueUrl', { Condition: 'HasBatonQueue' });
  template.hasOutput('BatonQueueArn', { Condition: 'HasBatonQueue' });
});

it('gives a table that elects', async () => {
  const local = await freshTable();
  onTestFinished(() => local[Symbol.dispose]());
  const tableName = `standalone-${randomUUID()}`;
  const [table] = resourcesOf(json, 'AWS::DynamoDB::GlobalTable');
  await createTable(local.client, tableName, table?.properties);
  const via = dynamoDbLease({ tableName, clientConfig: local.clientConfig });
  const election = createElection({ name: 'standalone', via });
  expect(await election.lead(async ({ token }) => token)).toBe(1n);
});
