import { readFileSync } from 'node:fs';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { GROUP_ALARMS } from '../../../infra/constructs/group/group-alarm-table.ts';
import {
  ElectionDashboard,
  ElectionGroup,
  type ElectionGroupProps,
  ElectionTable,
  type GroupOfService,
  LeaderFunction,
  LeaderService,
} from '../../../infra/index.ts';
import { metricsOf } from '../../../lib/core/journal/metrics.ts';
import { groupFromEnvironment } from '../../../lib/index.ts';

function emptyStack(): Stack {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  return new Stack(app, 'Test');
}

function groupIn(stack: Stack, props: Partial<ElectionGroupProps> = {}): ElectionGroup {
  const table = props.table ?? new ElectionTable(stack, 'Elections');
  return new ElectionGroup(stack, 'Pollers', { group: 'pollers', partitions: 64, table, ...props });
}

function alarmsOf(props: Partial<ElectionGroupProps> = {}): Template {
  const stack = emptyStack();
  groupIn(stack, props);
  return Template.fromStack(stack);
}

const alarm = (template: Template, metric: string, props: object) =>
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'Tenure',
    MetricName: metric,
    Dimensions: [{ Name: 'Group', Value: 'pollers' }, Match.objectLike({ Name: 'Store' })],
    ...props,
  });

describe('alarms of a group', () => {
  const template = alarmsOf();

  it('tell that partitions have no leader, also by silence, after three minutes', () => {
    alarm(template, 'PartitionsLed', {
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 3,
      Threshold: 63.5,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    alarm(alarmsOf({ partitions: 10_000 }), 'PartitionsLed', { Threshold: 9_980 });
  });

  it('tell that a partition is led twice, when two minutes hold more than there are', () => {
    alarm(template, 'PartitionsLed', {
      Statistic: 'Sum',
      EvaluationPeriods: 2,
      Threshold: 64.5,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  it('tell that a plan is not applied: partitions not taken, or not handed over', () => {
    alarm(template, 'PartitionsVacant', { Statistic: 'Sum', EvaluationPeriods: 5, Threshold: 0 });
    alarm(template, 'HandOverOverdue', { Statistic: 'Sum', Period: 300, Threshold: 0 });
  });

  it('tell that heartbeats are late when less than a third of the lease is left', () => {
    const slow = alarmsOf({ timings: { leaseDurationMs: 30_000 } });
    alarm(slow, 'HeartbeatMargin', { Statistic: 'Minimum', Threshold: 10_000 });
  });

  it('tell of moves that a rolling deployment does not need, of imbalance and of stale writes', () => {
    alarm(template, 'PartitionMoves', { Statistic: 'Sum', Period: 900, Threshold: 192 });
    alarm(alarmsOf({ movesMax: 500 }), 'PartitionMoves', { Threshold: 500 });
    alarm(template, 'Imbalance', { Statistic: 'Maximum', EvaluationPeriods: 15, Threshold: 2 });
    alarm(alarmsOf({ imbalanceMax: 4 }), 'Imbalance', { Threshold: 4 });
    alarm(template, 'FencingRejections', { Statistic: 'Sum', Threshold: 0 });
  });

  it('miss only the silence of a Region where another Region may lead', () => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Regional', {
      env: { region: 'eu-west-1', account: '123456789012' },
    });
    const multiRegion = { replicas: ['eu-west-2'], witness: 'eu-west-3' };
    groupIn(stack, { table: new ElectionTable(stack, 'Elections', { multiRegion }) });
    alarm(Template.fromStack(stack), 'PartitionsLed', {
      Threshold: 0,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
  });

  it('link each to a runbook that has its section, with what to type, and tell the topic that is named', () => {
    const stack = emptyStack();
    groupIn(stack, { actions: [new SnsAction(new Topic(stack, 'Topic'))] });
    const alarms = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
    const descriptions = alarms.map(({ Properties }) => String(Properties.AlarmDescription));
    const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const anchors = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    expect(alarms).toHaveLength(Object.keys(GROUP_ALARMS).length);
    expect(alarms.filter(({ Properties }) => Properties.AlarmActions === undefined)).toEqual([]);
    for (const { anchor, firstCommand, symptom } of Object.values(GROUP_ALARMS)) {
      const command = firstCommand.replace('<election>', '"pollers"');
      const said = descriptions.find((text) => text.includes(`Group pollers: ${symptom}.`));
      expect(said).toContain(`\`${command}\``);
      expect(said).toMatch(new RegExp(`/docs/operations.md#${anchor}\\)`));
      expect(anchors).toContain(anchor);
    }
  });
});

describe('what no group could survive is refused at synth', () => {
  const refused = (props: Partial<ElectionGroupProps>) => () => alarmsOf(props);

  it('a name that IAM or CloudWatch would refuse', () => {
    expect(refused({ group: 'nächtlich' })).toThrow('group must be of printable ASCII');
    expect(refused({ group: 'orders-*' })).toThrow('group must not end with a star');
    expect(refused({ group: '' })).toThrow('group must have 1 to 200 characters, got 0');
  });

  it('numbers that are none, and timings that no group could keep', () => {
    expect(refused({ partitions: 0 })).toThrow('partitions must be a whole number from 1 to 10000');
    expect(refused({ partitions: 10_001 })).toThrow('got 10001');
    expect(refused({ movesMax: Number.NaN })).toThrow('movesMax must be a number of at least 0');
    expect(refused({ imbalanceMax: 0.5 })).toThrow('imbalanceMax must be a number of at least 1');
    expect(refused({ timings: { leaseDurationMs: 1_000, renewIntervalMs: 900 } })).toThrow(
      'leaseDurationMs must be at least 3 times',
    );
  });

  it('a function as its member: who uses no types is told what to use', () => {
    const stack = emptyStack();
    const props = { group: groupIn(stack), entry: 'worker.ts' } as never;
    expect(() => new LeaderFunction(stack, 'Worker', props)).toThrow(
      'Test/Worker: group must be left out: a Lambda function stands still between invocations',
    );
  });
});

describe('the roles of a group', () => {
  it('name its seventeen keys, and no other group’s', () => {
    const stack = emptyStack();
    const group = groupIn(stack);
    const grants = {
      grantMember: 5,
      grantObserve: 3,
      grantOperate: 4,
      grantLeaseCheck: 1,
    } as const;
    for (const name of Object.keys(grants) as (keyof typeof grants)[]) {
      const assumedBy = new ServicePrincipal('ecs.amazonaws.com');
      group[name](new Role(stack, name, { assumedBy }));
    }
    const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    for (const [name, actions] of Object.entries(grants)) {
      const [, policy] = policies.find(([id]) => id.startsWith(name)) ?? [];
      const [statement] = policy?.Properties.PolicyDocument.Statement ?? [];
      expect([statement.Action].flat()).toHaveLength(actions);
      const keys = statement.Condition['ForAllValues:StringEquals']['dynamodb:LeadingKeys'];
      expect(keys).toHaveLength(17);
      for (const key of keys) expect(key).toMatch(/^(group|partitions#\d+)#pollers$/);
    }
  });
});

describe('the dashboard', () => {
  it('shows the alarms of a group, its members, and every metric that they emit', () => {
    const stack = emptyStack();
    new ElectionDashboard(stack, 'Dashboard', {
      groups: [groupIn(stack)],
      logGroups: [new LogGroup(stack, 'Logs')],
    });
    const [dashboard] = Object.values(
      Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'),
    );
    const body = JSON.stringify(dashboard?.Properties.DashboardBody);
    for (const name of metricsOf('groups')) expect(body).toContain(`\\"${name}\\"`);
    expect(body).toContain('Members, and what they lead');
    expect(body).not.toContain('Who leads, since when');
    expect(body).not.toContain('\\"LeadingSeconds\\"');
  });
});

describe('a service of a group', () => {
  function serviceOf(props: Partial<GroupOfService> = {}, of: Partial<ElectionGroupProps> = {}) {
    const stack = emptyStack();
    const group = props.group ?? groupIn(stack, of);
    const image = ContainerImage.fromRegistry('example/worker');
    const service = new LeaderService(stack, 'Service', { group, image, ...props });
    return { stack, group, service };
  }

  function variablesIn(template: Template): Readonly<Record<string, string>> {
    const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
    const [container] = task?.Properties.ContainerDefinitions ?? [];
    const variables = container.Environment as readonly { Name: string; Value: unknown }[];
    return Object.fromEntries(
      variables.map(({ Name, Value }) => [Name, typeof Value === 'string' ? Value : 'a-table']),
    );
  }

  it('tells its tasks of the group as groupFromEnvironment reads it', () => {
    const timings = { leaseDurationMs: 30_000, drainMs: 4_000 };
    const { stack } = serviceOf({}, { timings });
    expect(groupFromEnvironment(variablesIn(Template.fromStack(stack)))).toEqual({
      name: 'pollers',
      partitions: 64,
      tableName: 'a-table',
      timings: { ...timings, spareMs: 120_000 },
      stopTimeoutMs: 30_000,
    });
    const atOnce = Template.fromStack(serviceOf({ spare: Duration.millis(0) }).stack);
    expect(groupFromEnvironment(variablesIn(atOnce)).timings).toEqual({ spareMs: 0 });
  });

  it('starts new tasks before old ones go, and may do what a member may, and nothing else', () => {
    const template = Template.fromStack(serviceOf().stack);
    template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 2,
      DeploymentConfiguration: Match.objectLike({
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      }),
    });
    const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
    const [, tasks] = policies.find(([id]) => id.includes('TaskRole')) ?? [];
    const statements = tasks?.Properties.PolicyDocument.Statement;
    expect(statements).toHaveLength(1);
    expect(statements[0].Sid ?? statements[0].Action).toContain('dynamodb:PartiQLUpdate');
    template.resourceCountIs('AWS::Events::Rule', 0);
  });

  it('rolls back a deployment after which partitions have no leader or move too often', () => {
    const stack = emptyStack();
    const group = groupIn(stack);
    const image = ContainerImage.fromRegistry('example/worker');
    new LeaderService(stack, 'Service', { group, image, deploymentAlarms: group.alarms });
    Template.fromStack(stack).hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: Match.objectLike({
        Alarms: Match.objectLike({
          AlarmNames: [
            { Ref: Match.stringLikeRegexp('PartitionsWithoutLeader') },
            { Ref: Match.stringLikeRegexp('PartitionsMoveTooOften') },
          ],
        }),
      }),
    });
  });

  it('refuses a stop timeout that leaves no time for the plan, and what only an election has', () => {
    expect(() => serviceOf({ stopTimeout: Duration.seconds(11) })).toThrow(
      'stopTimeout must be at least 2 * renewIntervalMs + drainMs + writeTimeoutMs (12000 ms), got 11000',
    );
    expect(() => serviceOf({ stopTimeout: Duration.seconds(12) })).not.toThrow();
    const both = { election: 'orders', endStoppedLeases: true } as never;
    expect(() => serviceOf(both)).toThrow(
      'election, endStoppedLeases must be left out with group, which has its own name',
    );
  });

  it('names its group, and grants lease checks on its partitions', () => {
    const { stack, group, service } = serviceOf();
    expect(service.election).toBe('pollers');
    service.grantLeaseCheck(group.table);
    expect(service.metric('PartitionsLed').dimensions).toMatchObject({ Group: 'pollers' });
    const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    expect(JSON.stringify(policies)).toContain('dynamodb:ConditionCheckItem');
  });
});
