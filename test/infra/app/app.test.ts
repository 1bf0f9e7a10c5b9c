/**
 * The app: its stacks, its outputs, what its context allows, and every IAM statement that it renders.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions } from '../../../functions/bundle.ts';
import { DELIVERIES } from '../../../infra/constructs/watching/delivery-alarms.ts';
import { instructions } from '../../functions/worker-image.ts';
import { appWith, CDK_JSON, EVERYTHING } from './synthesized.ts';

interface Resource {
  readonly Type: string;
  readonly Properties?: object;
}

const PHYSICAL_NAMES: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::ECS::Cluster': 'ClusterName',
  'AWS::ECS::Service': 'ServiceName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Scheduler::Schedule': 'Name',
};

let assembly: CloudAssembly;
let quickStart: CloudAssembly;

beforeAll(async () => {
  await bundleFunctions();
  // cdk.json turns the findings of validation into errors, so synth throws for a template that breaks a rule.
  assembly = appWith(EVERYTHING).app.synth();
  quickStart = appWith().app.synth();
});

const template = (name: string) => Template.fromJSON(assembly.getStackByName(name).template);

describe('the app', () => {
  it('deploys the quick start without being asked anything', () => {
    expect(quickStart.stacks.map(({ stackName }) => stackName).sort()).toEqual([
      'TenureObservability',
      'TenureState',
      'TenureWorkers',
    ]);
    Template.fromJSON(quickStart.getStackByName('TenureWorkers').template).resourceCountIs(
      'AWS::ECS::Service',
      0,
    );
  });

  it('retains what tokens live in, and protects its stack', () => {
    template('TenureState').hasResource('AWS::DynamoDB::GlobalTable', {
      // Except a table of a first deployment that failed: no program has used it.
      DeletionPolicy: 'RetainExceptOnCreate',
    });
    expect(assembly.getStackByName('TenureState').terminationProtection).toBe(true);
    template('TenureQueue').hasResource('AWS::SQS::Queue', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: Match.objectLike({ MessageRetentionPeriod: 1_209_600, FifoQueue: true }),
    });
  });

  it('lets a trial be removed whole', () => {
    const { stacks } = appWith({ ephemeral: 'true', queue: 'true', prefix: 'Trial' }).app.synth();
    expect(stacks.every(({ terminationProtection }) => !terminationProtection)).toBe(true);
    expect(stacks.every(({ stackName }) => stackName.startsWith('Trial'))).toBe(true);
    for (const { template: json } of stacks) {
      const retained = Object.values(json.Resources as Record<string, { DeletionPolicy?: string }>);
      expect(
        retained.filter(({ DeletionPolicy = '' }) => DeletionPolicy.startsWith('Retain')),
      ).toEqual([]);
    }
  });

  it('tells in its outputs what a user needs next', () => {
    template('TenureState').hasOutput('TableName', {});
    const [command] = Object.values(template('TenureState').findOutputs('WhoLeads'));
    expect(JSON.stringify(command?.Value)).toContain('tenure status quick-start --table ');
    const [url] = Object.values(template('TenureObservability').findOutputs('Dashboard'));
    expect(JSON.stringify(url?.Value)).toContain('#dashboards:name=');
    template('TenureWorkers').hasOutput('ServiceName', {});
    template('TenureQueue').hasOutput('BatonQueueUrl', {});
  });

  it('keeps no physical name of its own', () => {
    const resources = assembly.stacks.flatMap(({ template: json }) =>
      Object.values<Resource>(json.Resources),
    );
    const named = resources.filter(
      ({ Type, Properties = {} }) => (PHYSICAL_NAMES[Type] ?? 'none') in Properties,
    );
    expect(resources.filter(({ Type }) => Type in PHYSICAL_NAMES).length).toBeGreaterThan(20);
    expect(named).toEqual([]);
  });

  it('builds the worker from what its Dockerfile copies, and sends nothing else', async () => {
    const manifest = join(assembly.directory, 'TenureWorkers.assets.json');
    const { dockerImages } = JSON.parse(readFileSync(manifest, 'utf8'));
    const [image] = Object.values<{ source: { directory: string } }>(dockerImages);
    const context = join(assembly.directory, image?.source.directory ?? '');
    const copied = (await instructions())
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.length).toBeGreaterThan(4);
    for (const path of copied)
      expect([path, existsSync(join(context, path))]).toEqual([path, true]);
    const sent = readdirSync(context);
    expect(
      sent.filter((name) => !/^(lib|functions|package(-lock)?\.json|tsconfig.*\.json)$/.test(name)),
    ).toEqual([]);
  });

  it.each([
    ['arm', 'linux/arm64', 'ARM64'],
    ['x86', 'linux/amd64', 'X86_64'],
  ])('builds the image for %s, as its task asks for it', (arch, platform, CpuArchitecture) => {
    const chosen = appWith({ service: 'true', arch }).app.synth();
    const manifest = join(chosen.directory, 'TenureWorkers.assets.json');
    const { dockerImages } = JSON.parse(readFileSync(manifest, 'utf8'));
    const [image] = Object.values<{ source: { platform?: string } }>(dockerImages);
    expect(image?.source.platform).toBe(platform);
    Template.fromJSON(chosen.getStackByName('TenureWorkers').template).hasResourceProperties(
      'AWS::ECS::TaskDefinition',
      { RuntimePlatform: Match.objectLike({ CpuArchitecture }) },
    );
  });

  it('watches the deployments of its service, what carries its events, and its ticks', () => {
    template('TenureWorkers').hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: Match.objectLike({ Alarms: Match.objectLike({ Rollback: true }) }),
    });
    const alarms = template('TenureObservability').findResources('AWS::CloudWatch::Alarm');
    const descriptions = Object.values(alarms).map(({ Properties }) =>
      String(Properties.AlarmDescription),
    );
    const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const anchors = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    expect(Object.keys(DELIVERIES)).toEqual(
      expect.arrayContaining([
        ...['changesUndelivered', 'changesLate', 'changesFailing', 'leaderFailing', 'unfired'],
        ...['ticksUndone', 'ticksFailing', 'batonUntaken', 'hintsUnheard'],
      ]),
    );
    for (const [name, { symptom, anchor }] of Object.entries(DELIVERIES)) {
      // No program of the app uses the baton or the hints; their alarms have a test of their own.
      if (!/^(hints|baton)/.test(name)) {
        expect(descriptions).toContainEqual(expect.stringContaining(symptom));
      }
      expect(anchors).toContain(anchor);
    }
  });

  it('ends every log', () => {
    const groups = assembly.stacks.flatMap(({ template: json }) =>
      Object.values(Template.fromJSON(json).findResources('AWS::Logs::LogGroup')),
    );
    expect(groups.length).toBeGreaterThan(4);
    for (const { Properties } of groups) expect(Properties.RetentionInDays).toBe(30);
    const functions = assembly.stacks.flatMap(({ template: json }) =>
      Object.entries(Template.fromJSON(json).findResources('AWS::Lambda::Function')),
    );
    for (const [id, { Properties }] of functions) {
      expect([id, Properties.LoggingConfig?.LogGroup]).toEqual([id, expect.anything()]);
    }
  });
});

describe('the context', () => {
  it('chooses election, schedule, lease and service', () => {
    const { elections, app } = appWith({
      election: 'nightly',
      minutes: '5',
      lease: '20',
      service: 'true',
      tasks: '3',
      egress: 'nat',
    });
    app.synth();
    const workers = Template.fromStack(elections.workers);
    workers.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
    });
    workers.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({ TENURE_ELECTION: 'nightly', TENURE_LEASE_MS: '20000' }),
      },
    });
    workers.hasResourceProperties('AWS::ECS::Service', { DesiredCount: 3 });
    workers.resourceCountIs('AWS::EC2::NatGateway', 1);
  });

  it('names whom its alarms tell, and the page that they open', () => {
    const alarmTopicArn = 'arn:aws:sns:eu-west-1:123456789012:on-call';
    const runbookPage = 'https://example.com/runbooks';
    const { app } = appWith({ alarmEmail: 'on-call@example.com', alarmTopicArn, runbookPage });
    const told = app.synth();
    Template.fromJSON(told.getStackByName('TenureState').template).hasResourceProperties(
      'AWS::SNS::Subscription',
      { Protocol: 'email', Endpoint: 'on-call@example.com' },
    );
    const observability = Template.fromJSON(told.getStackByName('TenureObservability').template);
    observability.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: Match.arrayWith([alarmTopicArn]),
      AlarmDescription: Match.stringLikeRegexp('https://example.com/runbooks#'),
    });
    expect(() => appWith({ alarmTopicArn: 'on-call' })).toThrow(
      'alarmTopicArn must be a text like',
    );
  });

  it('gives each deployment an election of its own, named in ASCII', () => {
    const { elections } = appWith({ prefix: 'Staging' });
    expect(elections.workers.leaderTask.election).toBe('staging-quick-start');
    expect(() => appWith({ election: 'nächtlich' })).toThrow('election must be');
  });

  it('is refused whole, with every value that cannot be used', () => {
    const all = () => appWith({ minutes: '0', lease: 'long', queue: 'yes' });
    expect(all).toThrow(
      'minutes must be a whole number from 1 to 1440, got "0"; change -c minutes',
    );
    expect(all).toThrow('lease must be a whole number from 1 to 800, got "long"');
    expect(all).toThrow('queue must be true or false, got "yes"');
    expect(() => appWith({ service: 'true', egress: 'vpn' })).toThrow(
      'egress must be one of public-ip, nat, endpoints, got "vpn"',
    );
    expect(() => appWith({ election: '' })).toThrow('election must be');
  });
});

describe('least privilege', () => {
  interface RenderedStatement {
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource?: unknown;
  }

  /** Why a statement may name every resource: AWS defines no resource type for these actions. */
  const WITHOUT_RESOURCE: Readonly<Record<string, string>> = {
    'ecr:GetAuthorizationToken': 'a token is for the registry, not for an image',
    'dynamodb:ListStreams': 'lists what there is',
  };

  const statements = (): readonly RenderedStatement[] =>
    assembly.stacks.flatMap(({ template: json }) =>
      Object.values(Template.fromJSON(json).findResources('AWS::IAM::Policy')).flatMap(
        ({ Properties }) => Properties.PolicyDocument.Statement,
      ),
    );

  it('names a resource in every statement, or AWS knows none', () => {
    expect(statements().length).toBeGreaterThan(8);
    const open = statements()
      .filter(({ Resource }) => JSON.stringify(Resource).includes('*'))
      .flatMap(({ Action }) => Action);
    expect(open.filter((action) => WITHOUT_RESOURCE[action] === undefined)).toEqual([]);
  });

  it('names every action, and deletes no row', () => {
    const actions = statements().flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    expect(actions).not.toContain('dynamodb:DeleteItem');
  });

  it('attaches no managed policy', () => {
    for (const { template: json } of assembly.stacks) {
      const roles = Object.values(Template.fromJSON(json).findResources('AWS::IAM::Role'));
      for (const { Properties } of roles) expect(Properties.ManagedPolicyArns).toBeUndefined();
    }
  });

  it('takes messages over TLS alone', () => {
    const queues = assembly.stacks.flatMap(({ template: json }) => {
      const stack = Template.fromJSON(json);
      const policies = JSON.stringify(stack.findResources('AWS::SQS::QueuePolicy'));
      return Object.keys(stack.findResources('AWS::SQS::Queue')).map((id) => ({ id, policies }));
    });
    expect(queues.length).toBeGreaterThan(2);
    for (const { id, policies } of queues) expect(policies).toContain(id);
  });
});

describe('cdk.json', () => {
  it('runs on plain Node', () => {
    expect(CDK_JSON.app).toBe('node infra/app.ts');
  });

  it('has the flags that the installed CDK recommends, the bundled rules as errors among them', () => {
    const flags = createRequire(import.meta.url).resolve('aws-cdk-lib/cx-api');
    const page = readFileSync(flags.replace(/index\.js$/, 'FEATURE_FLAGS.md'), 'utf8');
    const [, json = '{}'] = /<!-- BEGIN json -->\s*```json\n([\s\S]*?)```/.exec(page) ?? [];
    const { '@aws-cdk/core:target-partitions': partitions, ...recommended } =
      JSON.parse(json).context;
    expect(CDK_JSON.context).toMatchObject(recommended);
    // GovCloud too: test/infra/app/aws-partitions.test.ts.
    expect(CDK_JSON.context['@aws-cdk/core:target-partitions']).toEqual(
      expect.arrayContaining(partitions),
    );
    expect(CDK_JSON.context['@aws-cdk/core:validateAgainstDefaultRules']).toBe(true);
  });
});
