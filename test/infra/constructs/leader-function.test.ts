import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ElectionTable,
  LeaderChanges,
  LeaderFunction,
  type LeaderFunctionProps,
  LeaderService,
} from '../../../infra/index.ts';
import { SOURCES } from '../../../infra/sources.ts';

function stackWith(props: Partial<LeaderFunctionProps> = {}): Stack {
  const app = new App({
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    // Bundling is shown by the deployment test; what is rendered does not depend on it.
    context: { 'aws:cdk:bundling-stacks': [] },
  });
  const stack = new Stack(app, 'Test');
  new LeaderFunction(stack, 'Report', {
    entry: import.meta.filename,
    election: 'report',
    table: new ElectionTable(stack, 'Elections'),
    schedule: ScheduleExpression.rate(Duration.minutes(1)),
    ...props,
  });
  return stack;
}

describe('a function that leads', () => {
  const template = Template.fromStack(stackWith({ timings: { leaseDurationMs: 20_000 } }));

  it('runs on a current runtime, with a timeout, and keeps its logs for a month', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 60,
      FunctionName: Match.absent(),
      ReservedConcurrentExecutions: Match.absent(),
      LoggingConfig: { LogGroup: Match.anyValue() },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it('learns its election, table and stated timings from its environment', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          TENURE_ELECTION: 'report',
          TENURE_TABLE: { Ref: Match.stringLikeRegexp('^Elections') },
          TENURE_LEASE_MS: '20000',
          TENURE_RENEW_MS: Match.absent(),
        },
      },
    });
  });

  it('is a candidate for its election alone', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Condition: Match.objectLike({
              'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['election#report'] },
            }),
          }),
        ]),
      },
    });
  });

  it('is fired by a schedule, and is not retried behind the next firing', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      Target: Match.objectLike({
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 300 },
      }),
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 300,
    });
  });

  it('takes a reserved concurrency and no schedule where that is wished', () => {
    const { schedule: _, ...rest } = { schedule: undefined, reservedConcurrentExecutions: 5 };
    const other = Template.fromStack(stackWith({ ...rest, schedule: undefined as never }));
    other.resourceCountIs('AWS::Scheduler::Schedule', 0);
    other.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 5 });
  });

  it('keeps its defaults where a prop is undefined', () => {
    const stack = stackWith({
      runtime: undefined,
      timeout: undefined,
      memorySize: undefined,
      logGroup: undefined,
      role: undefined,
      retryAttempts: undefined,
    } as unknown as Partial<LeaderFunctionProps>);
    const other = Template.fromStack(stack);
    other.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Timeout: 60,
      MemorySize: 256,
    });
    other.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  it('takes memory, logs, a key and a dead-letter queue of the app, as the bundled functions do', () => {
    const stack = stackWith();
    const table = new ElectionTable(stack, 'Others');
    const options = {
      memorySize: 1_024,
      reservedConcurrentExecutions: 3,
      logGroup: new LogGroup(stack, 'Logs', { encryptionKey: new Key(stack, 'LogKey') }),
      environmentEncryption: new Key(stack, 'Key'),
      deadLetterQueue: new Queue(stack, 'Failed'),
    };
    const entry = import.meta.filename;
    new LeaderFunction(stack, 'Chosen', { entry, election: 'chosen', table, ...options });
    new LeaderChanges(stack, 'Changes', { table, function: options });
    const chosen = Template.fromStack(stack).findResources('AWS::Lambda::Function', {
      Properties: {
        ...{ MemorySize: 1_024, ReservedConcurrentExecutions: 3 },
        LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^Logs') } },
        KmsKeyArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
        DeadLetterConfig: {
          TargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Failed'), 'Arn'] },
        },
      },
    });

    expect(Object.keys(chosen)).toEqual([
      expect.stringContaining('Chosen'),
      expect.stringContaining('Changes'),
    ]);
  });

  it('has the permissions boundary of its stack on every role, as all constructs have', () => {
    const stack = stackWith();
    const table = new ElectionTable(stack, 'Others');
    new LeaderChanges(stack, 'Changes', { table });
    new LeaderService(stack, 'Service', {
      ...{ election: 'orders', table, endStoppedLeases: true },
      image: ContainerImage.fromRegistry('example/worker'),
    });
    const boundary = 'arn:aws:iam::123456789012:policy/boundary';
    PermissionsBoundary.of(stack).apply(
      ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', boundary),
    );
    const roles = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'));

    expect(roles.length).toBeGreaterThan(5);
    for (const { Properties } of roles) expect(Properties.PermissionsBoundary).toBe(boundary);
  });

  it('may make its network interfaces in a VPC, without which Lambda refuses to create it', () => {
    const stack = stackWith();
    const vpc = new Vpc(stack, 'Vpc');
    const table = new ElectionTable(stack, 'Others');
    new LeaderFunction(stack, 'Inside', {
      entry: import.meta.filename,
      election: 'report',
      table,
      vpc,
    });
    new LeaderChanges(stack, 'Changes', { table, function: { vpc } });
    const other = Template.fromStack(stack);
    const policies = Object.values(other.findResources('AWS::IAM::Policy')).filter((policy) =>
      JSON.stringify(policy).includes('ec2:CreateNetworkInterface'),
    );
    const inVpc = other.findResources('AWS::Lambda::Function', {
      Properties: { VpcConfig: Match.anyValue() },
    });
    expect(Object.keys(inVpc)).toHaveLength(2);
    expect(policies).toHaveLength(2);
  });

  it('keeps what the schedule could not deliver', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: Match.objectLike({
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Unfired'), 'Arn'] } },
      }),
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([Match.objectLike({ Action: 'sqs:SendMessage' })]),
      }),
    });
  });

  it('is fired through an alias where one is named', () => {
    const other = Template.fromStack(stackWith({ aliasName: 'live' }));
    other.hasResourceProperties('AWS::Lambda::Alias', { Name: 'live' });
    other.hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('Aliaslive') } }),
    });
  });

  it('shows the lines that were written in its stack traces', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({ NODE_OPTIONS: '--enable-source-maps' }),
      },
    });
  });

  it('brings the SDK along, whose middleware the fence joins by name', async () => {
    const outdir = await mkdtemp(join(tmpdir(), 'leader-function-'));
    onTestFinished(() => rm(outdir, { recursive: true, force: true }));
    const app = new App({
      ...{ outdir, analyticsReporting: false, builtinCloudFormationValidation: false },
    });
    const stack = new Stack(app, 'Bundled');
    new LeaderFunction(stack, 'Report', {
      ...{ election: 'report', table: new ElectionTable(stack, 'Elections') },
      ...{ entry: SOURCES.leaderTask, depsLockFilePath: SOURCES.lockFile },
      projectRoot: SOURCES.root,
    });
    app.synth();
    const folders = (await readdir(outdir)).filter((name) => name.startsWith('asset.'));
    const bundles = await Promise.all(
      folders.map((folder) => readFile(join(outdir, folder, 'index.mjs'), 'utf8')),
    );

    expect(bundles).toHaveLength(1);
    const imported = [...(bundles[0] ?? '').matchAll(/\bfrom\s*"([^"]+)"/g)];
    const packages = imported.map(([, name = '']) => name);
    expect(packages.filter((name) => name.startsWith('@'))).toEqual([]);
  });

  it('has the time to wait a long lease out, where no timeout is given', () => {
    const long = Template.fromStack(stackWith({ timings: { leaseDurationMs: 120_000 } }));
    long.hasResourceProperties('AWS::Lambda::Function', { Timeout: 155 });
    expect(() => stackWith({ timings: { leaseDurationMs: 900_000 } })).toThrow(
      'timeout must exceed',
    );
  });

  it('is refused where a cold start could not wait a dead leader out', () => {
    const short = { timeout: Duration.seconds(10) };
    expect(() => stackWith(short)).toThrow('timeout must exceed leaseDurationMs, the stagger');
    expect(() => stackWith({ ...short, timings: { clockErrorMsMax: 500 } })).not.toThrow();
    expect(() =>
      stackWith({ timeout: Duration.seconds(2), timings: { clockErrorMsMax: 500 } }),
    ).toThrow('timeout must exceed three writes');
  });

  it('is refused with timings that no election could keep', () => {
    expect(() =>
      stackWith({ timings: { leaseDurationMs: 3_000, renewIntervalMs: 2_000 } }),
    ).toThrow('leaseDurationMs must be at least 3 times renewIntervalMs (6000), got 3000');
    expect(() => stackWith({ election: 'a\u0000b' })).toThrow('no control characters');
  });
});
