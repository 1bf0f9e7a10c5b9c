/**
 * cfn-lint over every template that the docs tell people to deploy: no error and no warning.
 */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AmiHardwareType,
  AsgCapacityProvider,
  ContainerImage,
  EcsOptimizedImage,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PollersStack } from '../../../examples/partitions/stack.ts';
import { bundleFunctions } from '../../../functions/bundle.ts';
import { ElectionGroup, ElectionTable, LeaderService } from '../../../infra/index.ts';
import { standaloneTemplate } from '../../../infra/stacks/standalone-stack.ts';
import { appWith, CDK_JSON, EVERYTHING } from '../app/synthesized.ts';
import { lint } from './cfn-lint.ts';

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:alarms';
/** What docs/deploy.md lets people choose. */
const VARIANTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'as-it-is': {},
  everything: { ...EVERYTHING, alarmEmail: 'ops@example.com', prefix: 'Staging' },
  nat: { service: 'true', egress: 'nat', arch: 'x86', lease: '60', tasks: '3' },
  endpoints: { service: 'true', egress: 'endpoints', alarmTopicArn: TOPIC, minutes: '5' },
  trial: { ...EVERYTHING, ephemeral: 'true', election: 'nightly report' },
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-lint-'));
  await bundleFunctions();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('finds nothing in what the docs tell people to deploy', async () => {
  const files = await Promise.all([
    ...Object.entries(VARIANTS).map(([name, context]) => synthesize(name, context)),
    standalone(),
    tables(),
    instances(),
    group(),
  ]);

  expect(files.flat().length).toBeGreaterThan(15);
  expect(await lint(...files.flat())).toEqual([]);
});

it('finds what is wrong', async () => {
  const path = join(folder, 'wrong.template.json');
  const Queue = { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 'soon' } };
  await writeFile(path, JSON.stringify({ Resources: { Queue } }));

  expect(await lint(path)).toEqual([expect.stringContaining('E3012')]);
});

async function synthesize(name: string, context: Readonly<Record<string, string>>) {
  const outdir = join(folder, name);
  const { stacks } = appWith(context, { outdir }).app.synth();
  expect(stacks.flatMap(({ messages }) => messages)).toEqual([]);
  return templatesIn(outdir);
}

async function standalone(): Promise<readonly string[]> {
  const path = join(folder, 'tenure.template.json');
  await writeFile(path, JSON.stringify(standaloneTemplate()));
  return [path];
}

/** The tables of docs/deploy.md: one with the user's own key, one in several Regions. */
async function tables(): Promise<readonly string[]> {
  const outdir = join(folder, 'tables');
  const app = new App({ outdir, context: CDK_JSON.context });
  const stack = new Stack(app, 'Tables', { env: { region: 'eu-west-1', account: '123456789012' } });
  new ElectionTable(stack, 'Keyed', {
    encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
  });
  new ElectionTable(stack, 'Regions', {
    multiRegion: { replicas: ['eu-west-2'], witness: 'eu-west-3' },
  });
  app.synth();
  return templatesIn(outdir);
}

/** A service on the instances of an Auto Scaling group. */
async function instances(): Promise<readonly string[]> {
  const outdir = join(folder, 'instances');
  const app = new App({ outdir, context: CDK_JSON.context });
  const stack = new Stack(app, 'Instances');
  const vpc = new Vpc(stack, 'Vpc', {
    ...{ maxAzs: 2, natGateways: 1 },
    restrictDefaultSecurityGroup: false,
  });
  const autoScalingGroup = new AutoScalingGroup(stack, 'Group', {
    ...{ vpc, minCapacity: 2, maxCapacity: 3, instanceType: new InstanceType('t4g.small') },
    machineImage: EcsOptimizedImage.amazonLinux2023(AmiHardwareType.ARM),
  });
  new LeaderService(stack, 'Poller', {
    ...{ election: 'poller', table: new ElectionTable(stack, 'Elections'), vpc },
    image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24-slim'),
    capacityProvider: new AsgCapacityProvider(stack, 'Capacity', { autoScalingGroup }),
  });
  app.synth();
  return templatesIn(outdir);
}

/** The stack of docs/partitions.md, and a group with everything that can be chosen. */
async function group(): Promise<readonly string[]> {
  const outdir = join(folder, 'group');
  const app = new App({ outdir, context: CDK_JSON.context });
  const stack = new Stack(app, 'Elections');
  const table = new ElectionTable(stack, 'Elections');
  const image = ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24-slim');
  new PollersStack(app, 'Pollers', { table, image });
  const orders = new ElectionGroup(stack, 'Orders', {
    group: 'orders of *?$',
    partitions: 10_000,
    table,
    timings: { leaseDurationMs: 60_000 },
    movesMax: 500,
    imbalanceMax: 4,
    actions: [new SnsAction(Topic.fromTopicArn(stack, 'Topic', TOPIC))],
  });
  const service = { group: orders, image, spare: Duration.millis(0), spot: true } as const;
  new LeaderService(stack, 'Service', { ...service, stopTimeout: Duration.seconds(120) });
  const assumedBy = new ServicePrincipal('ec2.amazonaws.com');
  orders.grantOperate(new Role(stack, 'Operator', { assumedBy }));
  app.synth();
  return templatesIn(outdir);
}

async function templatesIn(outdir: string): Promise<readonly string[]> {
  const files = await readdir(outdir);
  return files.filter((file) => file.endsWith('.template.json')).map((file) => join(outdir, file));
}
