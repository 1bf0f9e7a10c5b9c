/**
 * China and GovCloud: ARNs, service names and addresses of pages are those of the partition.
 */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions } from '../../../functions/bundle.ts';
import {
  ElectionAlarms,
  ElectionDashboard,
  ElectionTable,
  ElectionTicks,
  LeaderChanges,
  LeaderFunction,
  LeaderService,
} from '../../../infra/index.ts';
import { SOURCES } from '../../../infra/sources.ts';
import { CDK_JSON } from './synthesized.ts';

beforeAll(() => bundleFunctions());

/** Every construct, in a stack of this Region. */
function stackIn(region: string) {
  const app = new App({ context: { ...CDK_JSON.context, 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'Everything', { env: { region, account: '123456789012' } });
  const encryptionKey = new Key(stack, 'Key', { enableKeyRotation: true });
  const table = new ElectionTable(stack, 'Elections', { encryptionKey });
  const election = 'orders';
  const schedule = ScheduleExpression.expression('rate(1 minute)');
  const { leaderTask: entry, lockFile: depsLockFilePath, root: projectRoot } = SOURCES;
  const sources = { entry, depsLockFilePath, projectRoot };
  new LeaderFunction(stack, 'Function', { ...sources, election, table, schedule });
  const image = ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24-slim');
  new LeaderService(stack, 'Service', { election, table, image, endStoppedLeases: true });
  new ElectionTicks(stack, 'Ticks', { table: table.table });
  new LeaderChanges(stack, 'Changes', { table });
  const alarms = new ElectionAlarms(stack, 'Alarms', { election, store: table });
  const { url } = new ElectionDashboard(stack, 'Dashboard', { elections: [alarms] });
  return { text: JSON.stringify(Template.fromStack(stack).toJSON()), url };
}

describe.each([
  ['cn-north-1', 'aws-cn', 'https://cn-north-1.console.amazonaws.cn/cloudwatch/'],
  ['us-gov-west-1', 'aws-us-gov', 'https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/'],
  ['eu-west-1', 'aws', 'https://eu-west-1.console.aws.amazon.com/cloudwatch/'],
])('in %s', (region, partition, console) => {
  let text: string;
  let url: string;

  beforeAll(() => {
    ({ text, url } = stackIn(region));
  });

  it('names no resource of another partition', () => {
    const literal = [...text.matchAll(/arn:(aws[a-z-]*):/g)].map(([, named]) => named);

    expect(literal.filter((named) => named !== partition)).toEqual([]);
  });

  it('links to the console of its partition', () => expect(url.startsWith(console)).toBe(true));
});

it('is what the app is made for', () => {
  expect(CDK_JSON.context['@aws-cdk/core:target-partitions']).toEqual([
    ...['aws', 'aws-cn', 'aws-us-gov'],
  ]);
});
