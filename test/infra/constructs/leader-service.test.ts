import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { InstanceType, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AmiHardwareType,
  AsgCapacityProvider,
  Cluster,
  ContainerImage,
  CpuArchitecture,
  EcsOptimizedImage,
  Secret,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret as SecretsManagerSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions } from '../../../functions/bundle.ts';
import {
  ElectionAlarms,
  type ElectionOfService,
  ElectionTable,
  LeaderService,
} from '../../../infra/index.ts';

let template: Template;

function emptyStack(): Stack {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  return new Stack(app, 'Test');
}

function serviceIn(stack: Stack, props: Partial<ElectionOfService> = {}): LeaderService {
  return new LeaderService(stack, 'Service', {
    election: 'orders',
    table: new ElectionTable(stack, 'Elections'),
    image: ContainerImage.fromRegistry('example/worker'),
    ...props,
  });
}

function templateOf(props: Partial<ElectionOfService> = {}): Template {
  const stack = emptyStack();
  serviceIn(stack, props);
  return Template.fromStack(stack);
}

beforeAll(async () => {
  await bundleFunctions(['task-stopped']);
  template = templateOf({ endStoppedLeases: true });
});

describe('a service that leads', () => {
  it('starts new candidates before old ones go, and rolls a broken deployment back', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 2,
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
      ServiceName: Match.absent(),
    });
  });

  it('gives a task time to drain, a read-only disk and logs that end', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          StopTimeout: 30,
          ReadonlyRootFilesystem: true,
          LogConfiguration: Match.objectLike({ LogDriver: 'awslogs' }),
          Environment: Match.arrayWith([{ Name: 'TENURE_ELECTION', Value: 'orders' }]),
        }),
      ],
      RuntimePlatform: { CpuArchitecture: CpuArchitecture.ARM64._cpuArchitecture },
    });
  });

  it('spreads over two zones without a NAT gateway, and reaches the table past the internet', () => {
    template.resourceCountIs('AWS::EC2::Subnet', 2);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, '.dynamodb']] },
    });
    template.hasResourceProperties('AWS::ECS::Service', {
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } },
    });
  });

  it('opens no port to anyone', () => {
    for (const { Properties } of Object.values(template.findResources('AWS::EC2::SecurityGroup'))) {
      expect(Properties.SecurityGroupIngress).toBeUndefined();
    }
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  it('runs behind a NAT gateway, or without a way to the internet, where that is chosen', () => {
    templateOf({ egress: 'nat' }).resourceCountIs('AWS::EC2::NatGateway', 1);
    const isolated = templateOf({ egress: 'endpoints' });
    isolated.resourceCountIs('AWS::EC2::InternetGateway', 0);
    const endpoints = isolated.findResources('AWS::EC2::VPCEndpoint');
    const interfaces = Object.values(endpoints).filter(
      ({ Properties }) => Properties.VpcEndpointType === 'Interface',
    );
    expect(interfaces).toHaveLength(3);
    isolated.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 443,
      SourceSecurityGroupId: Match.anyValue(),
    });
  });

  it('runs on Spot where that is chosen', () => {
    templateOf({ spot: true }).hasResourceProperties('AWS::ECS::Service', {
      // One task on demand, so that a leader exists where Spot has no capacity.
      CapacityProviderStrategy: [
        { CapacityProvider: 'FARGATE', Base: 1, Weight: 0 },
        { CapacityProvider: 'FARGATE_SPOT', Weight: 1 },
      ],
    });
  });

  it('comes after the capacity providers of its cluster, and goes before them', () => {
    const [association] = Object.keys(
      template.findResources('AWS::ECS::ClusterCapacityProviderAssociations'),
    );
    template.hasResource('AWS::ECS::Service', { DependsOn: Match.arrayWith([association]) });
  });

  it('rolls back a deployment after which nobody leads or the role changes hands too often', () => {
    const stack = emptyStack();
    const table = new ElectionTable(stack, 'Leases');
    const deploymentAlarms = new ElectionAlarms(stack, 'Alarms', {
      election: 'orders',
      store: table,
    });
    serviceIn(stack, { table, deploymentAlarms });
    Template.fromStack(stack).hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: Match.objectLike({
        Alarms: {
          Enable: true,
          Rollback: true,
          AlarmNames: [
            { Ref: Match.stringLikeRegexp('NobodyLeads') },
            { Ref: Match.stringLikeRegexp('ChangesTooOften') },
          ],
        },
      }),
    });
  });

  it('takes a command, secrets, roles, groups, strategies, logs and execute-command of the app', () => {
    const stack = emptyStack();
    const vpc = new Vpc(stack, 'Vpc');
    const taskRole = new Role(stack, 'Role', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    const executionRole = new Role(stack, 'Pulling', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    const encryptionKey = new Key(stack, 'Key');
    const retention = RetentionDays.ONE_WEEK;
    const logGroup = new LogGroup(stack, 'Logs', { retention, encryptionKey });
    const password = Secret.fromSecretsManager(new SecretsManagerSecret(stack, 'Password'));
    serviceIn(stack, {
      vpc,
      taskRole,
      executionRole,
      logGroup,
      command: ['node', 'worker.mjs'],
      secrets: { PASSWORD: password },
      securityGroups: [new SecurityGroup(stack, 'Group', { vpc })],
      capacityProviderStrategies: [{ capacityProvider: 'FARGATE_SPOT', weight: 2 }],
      enableExecuteCommand: true,
    });
    const other = Template.fromStack(stack);
    other.hasResourceProperties('AWS::ECS::TaskDefinition', {
      TaskRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Role'), 'Arn'] },
      ExecutionRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Pulling'), 'Arn'] },
      ContainerDefinitions: [
        Match.objectLike({
          Command: ['node', 'worker.mjs'],
          Secrets: [{ Name: 'PASSWORD', ValueFrom: Match.anyValue() }],
          ReadonlyRootFilesystem: false,
          LogConfiguration: Match.objectLike({
            Options: Match.objectLike({
              'awslogs-group': { Ref: Match.stringLikeRegexp('^Logs') },
            }),
          }),
        }),
      ],
    });
    other.hasResourceProperties('AWS::Logs::LogGroup', {
      ...{
        RetentionInDays: 7,
        KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
      },
    });
    other.hasResourceProperties('AWS::ECS::Service', {
      EnableExecuteCommand: true,
      CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE_SPOT', Weight: 2 }],
      NetworkConfiguration: {
        AwsvpcConfiguration: Match.objectLike({
          SecurityGroups: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Group'), 'GroupId'] }],
        }),
      },
    });
  });

  it('may do what a candidate of its election may, and nothing else', () => {
    const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
    const [, tasks] = policies.find(([id]) => id.includes('TaskRole')) ?? [];
    expect(tasks?.Properties.PolicyDocument.Statement).toMatchObject([
      {
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['election#orders'] } },
      },
    ]);
  });
});

describe('a service on instances', () => {
  /** A group of two instances, with the props that an app adds. */
  function onInstances(props: Partial<ElectionOfService> = {}, given = true) {
    const stack = emptyStack();
    const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2 });
    const autoScalingGroup = new AutoScalingGroup(stack, 'Instances', {
      ...{ vpc, minCapacity: 2, instanceType: new InstanceType('t4g.small') },
      machineImage: EcsOptimizedImage.amazonLinux2023(AmiHardwareType.ARM),
    });
    const capacityProvider = new AsgCapacityProvider(stack, 'Capacity', { autoScalingGroup });
    serviceIn(stack, { ...(given ? { vpc } : {}), capacityProvider, ...props });
    return Template.fromStack(stack);
  }

  it('runs each task with an interface of its own, spread over zones and instances', () => {
    const other = onInstances();
    other.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ...{ RequiresCompatibilities: ['EC2'], NetworkMode: 'awsvpc', Cpu: '256', Memory: '512' },
      ContainerDefinitions: [Match.objectLike({ StopTimeout: 30, ReadonlyRootFilesystem: true })],
    });
    other.hasResourceProperties('AWS::ECS::Service', {
      LaunchType: Match.absent(),
      CapacityProviderStrategy: [
        { CapacityProvider: { Ref: Match.stringLikeRegexp('^Capacity') }, Weight: 1 },
      ],
      DeploymentConfiguration: Match.objectLike({
        ...{ MinimumHealthyPercent: 100, MaximumPercent: 200 },
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      }),
      NetworkConfiguration: {
        AwsvpcConfiguration: Match.objectLike({ AssignPublicIp: 'DISABLED' }),
      },
      PlacementStrategies: [
        { Field: 'attribute:ecs.availability-zone', Type: 'spread' },
        { Field: 'instanceId', Type: 'spread' },
      ],
    });
  });

  it('comes after the capacity provider of its cluster, and goes before it', () => {
    const other = onInstances();
    const [[association, { Properties }] = ['', { Properties: {} }]] = Object.entries(
      other.findResources('AWS::ECS::ClusterCapacityProviderAssociations'),
    );
    expect(JSON.stringify(Properties.CapacityProviders)).toContain('Capacity');
    other.hasResource('AWS::ECS::Service', { DependsOn: Match.arrayWith([association]) });
  });

  it('adds the provider to a cluster that is given, once', () => {
    const stack = emptyStack();
    const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2 });
    const cluster = new Cluster(stack, 'Cluster', { vpc });
    const autoScalingGroup = new AutoScalingGroup(stack, 'Instances', {
      ...{ vpc, instanceType: new InstanceType('t4g.small') },
      machineImage: EcsOptimizedImage.amazonLinux2023(AmiHardwareType.ARM),
    });
    const capacityProvider = new AsgCapacityProvider(stack, 'Capacity', { autoScalingGroup });
    cluster.addAsgCapacityProvider(capacityProvider);
    serviceIn(stack, { cluster, capacityProvider });

    Template.fromStack(stack).hasResourceProperties(
      'AWS::ECS::ClusterCapacityProviderAssociations',
      { CapacityProviders: [{ Ref: Match.stringLikeRegexp('^Capacity') }] },
    );
  });

  it('ends no lease on the word of ECS, which may not reach an instance that lives', () => {
    const long = { timings: { leaseDurationMs: 120_000, drainMs: 5_000 } };
    onInstances(long).resourceCountIs('AWS::Events::Rule', 0);
    expect(() => onInstances({ endStoppedLeases: true })).toThrow(
      'endStoppedLeases must be left out',
    );
  });

  it('is refused with what only Fargate has, and without the network of its instances', () => {
    expect(() => onInstances({}, false)).toThrow('capacityProvider needs vpc or cluster');
    expect(() => onInstances({ spot: true })).toThrow('have the group buy Spot');
    expect(() => onInstances({ egress: 'public-ip' })).toThrow('gives its tasks no public address');
    const cpuArchitecture = CpuArchitecture.X86_64;
    expect(() => onInstances({ cpuArchitecture })).toThrow('is that of the instances');
    const capacityProviderStrategies = [{ capacityProvider: 'FARGATE', weight: 1 }];
    expect(() => onInstances({ capacityProviderStrategies })).toThrow('are Fargate’s');
    expect(() =>
      templateOf({ capacityProviderStrategies: [{ capacityProvider: 'mine', weight: 1 }] }),
    ).toThrow('must name FARGATE or FARGATE_SPOT, got mine; give capacityProvider');
  });
});

describe('the end of a task', () => {
  it('is waited for only with a lease that outlasts the report, unless the app says otherwise', () => {
    const rules = (props: Partial<ElectionOfService>) =>
      Object.keys(templateOf(props).findResources('AWS::Events::Rule'));
    expect(rules({})).toHaveLength(0);
    expect(rules({ timings: { leaseDurationMs: 60_000 } })).toHaveLength(1);
    expect(rules({ endStoppedLeases: true })).toHaveLength(1);
  });

  it('is told only by STOPPED on Fargate, of this cluster and service', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          lastStatus: ['STOPPED'],
          launchType: ['FARGATE'],
          clusterArn: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('Cluster'), 'Arn'] }],
          group: [
            {
              'Fn::Join': ['', ['service:', Match.objectLike({ 'Fn::GetAtt': Match.anyValue() })]],
            },
          ],
        },
      },
    });
  });

  it('ends the lease by a function that may read and write this election’s record alone', () => {
    const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
    const [, stopped] = policies.find(([id]) => id.includes('TaskStopped')) ?? [];
    const statements = stopped?.Properties.PolicyDocument.Statement as { Action: string[] }[];
    expect(
      statements.flatMap(({ Action }) => Action).filter((a) => a.startsWith('dynamodb:')),
    ).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
  });
});

describe('what no service could survive is refused at synth', () => {
  const refused = (props: Partial<ElectionOfService>) => () => templateOf(props);

  it('a stop timeout shorter than the drain, or longer than Fargate waits', () => {
    expect(refused({ stopTimeout: Duration.seconds(5) })).toThrow(
      'stopTimeout must be at least drainMs + writeTimeoutMs (6000 ms), got 5000',
    );
    expect(refused({ timings: { drainMs: 60_000 } })).toThrow('got 30000; raise stopTimeout');
    expect(refused({ stopTimeout: Duration.seconds(121) })).toThrow('at most 120 seconds');
  });

  it('a single zone', () => {
    const stack = emptyStack();
    const vpc = new Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0 });
    expect(() => serviceIn(stack, { vpc })).toThrow('at least 2 availability zones, got 1');
  });

  it('a VPC without the subnets of the chosen way out', () => {
    const stack = emptyStack();
    const vpc = new Vpc(stack, 'Vpc', {
      subnetConfiguration: [{ name: 'Only', subnetType: SubnetType.PRIVATE_ISOLATED }],
    });
    expect(() => serviceIn(stack, { vpc })).toThrow('no');
  });

  it('a count that is no count, and timings that no election could keep', () => {
    expect(refused({ desiredCount: 0 })).toThrow(
      'desiredCount must be a whole number of at least 1',
    );
    expect(refused({ timings: { leaseDurationMs: 1_000, renewIntervalMs: 900 } })).toThrow(
      'leaseDurationMs must be at least 3 times',
    );
  });
});
