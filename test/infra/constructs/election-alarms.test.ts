import { readFileSync } from 'node:fs';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { ALARMS } from '../../../infra/constructs/watching/alarm-table.ts';
import {
  ElectionAlarms,
  type ElectionAlarmsProps,
  ElectionDashboard,
  ElectionTable,
} from '../../../infra/index.ts';
import { metricsOf } from '../../../lib/core/journal/metrics.ts';

const STORE = { storeName: 'tenure' };

function emptyStack(): Stack {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  return new Stack(app, 'Test');
}

function templateOf(props: Partial<ElectionAlarmsProps> = {}): Template {
  const stack = emptyStack();
  new ElectionAlarms(stack, 'Alarms', { election: 'orders', store: STORE, ...props });
  return Template.fromStack(stack);
}

const alarm = (template: Template, metric: string, props: object) =>
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'Tenure',
    MetricName: metric,
    Dimensions: [
      { Name: 'Election', Value: 'orders' },
      { Name: 'Store', Value: 'tenure' },
    ],
    ...props,
  });

describe('alarms of an election', () => {
  const template = templateOf();

  it('tell that nobody leads, also by silence, after two minutes', () => {
    alarm(template, 'LeadingSeconds', {
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 2,
      Threshold: 0,
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      TreatMissingData: 'breaching',
    });
  });

  it('tell that two candidates lead at once, when two minutes hold more seconds than a minute has', () => {
    alarm(template, 'LeadingSeconds', {
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 2,
      Threshold: 61,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  it('tell that renewals are late when less than a third of the lease is left', () => {
    const slow = templateOf({ timings: { leaseDurationMs: 30_000 } });
    alarm(slow, 'LeaseMargin', {
      Statistic: 'Minimum',
      Threshold: 10_000,
      ComparisonOperator: 'LessThanThreshold',
    });
  });

  it('tell that leadership changes too often and that stale writes were refused', () => {
    alarm(template, 'LeadershipAcquired', { Statistic: 'Sum', Period: 900, Threshold: 4 });
    alarm(template, 'FencingRejections', { Statistic: 'Sum', Threshold: 0 });
  });

  it('wait two firings of a schedule before they miss a leader, and expect a term for each', () => {
    const scheduled = templateOf({ scheduleInterval: Duration.minutes(5) });
    alarm(scheduled, 'LeadingSeconds', {
      Period: 300,
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    });
    alarm(scheduled, 'LeadershipAcquired', { Threshold: 6 });
  });

  it('miss no leader outside of the hours at which a schedule fires', () => {
    const office = templateOf({
      scheduleInterval: Duration.minutes(15),
      workingHours: { fromHour: 8, toHour: 18 },
    });
    office.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([
        Match.objectLike({
          Expression: 'IF(HOUR(led) >= 8 AND HOUR(led) < 18 AND DAY(led) <= 5, FILL(led, 0), 1)',
        }),
      ]),
      TreatMissingData: 'breaching',
    });
    expect(() => templateOf({ workingHours: { fromHour: 22, toHour: 6 } })).toThrow(
      'workingHours must go from an hour of 0 to 23 to a later one',
    );
  });

  it('miss only the silence of a Region where another Region may lead', () => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Regional', {
      env: { region: 'eu-west-1', account: '123456789012' },
    });
    const multiRegion = { replicas: ['eu-west-2'], witness: 'eu-west-3' };
    const store = new ElectionTable(stack, 'Elections', { multiRegion });
    new ElectionAlarms(stack, 'Alarms', { election: 'orders', store });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'LeadingSeconds',
      Threshold: -1,
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      TreatMissingData: 'breaching',
    });
  });

  it('refuse a name that IAM or CloudWatch would refuse, and say which characters', () => {
    const named = (election: string) => () => templateOf({ election });
    expect(named('nächtlich-€')).toThrow(
      'printable ASCII where IAM and CloudWatch name it, got ä €',
    );
    expect(named(':orders')).toThrow('must not begin with a colon');
    expect(named('orders *?$')).not.toThrow();
  });

  it('refuse a schedule that is rarer than CloudWatch looks', () => {
    expect(() => templateOf({ scheduleInterval: Duration.days(2) })).toThrow(
      'scheduleInterval must be above 0 and at most a day',
    );
  });

  it('tell the topic that is named, and say when all is well again', () => {
    const stack = emptyStack();
    const actions = [new SnsAction(new Topic(stack, 'Topic'))];
    new ElectionAlarms(stack, 'Alarms', { election: 'orders', store: STORE, actions });
    Template.fromStack(stack).allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [Match.anyValue()],
      OKActions: [Match.anyValue()],
    });
  });

  it('link each to a runbook that has its section, with what to type', () => {
    const descriptions = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => String(Properties.AlarmDescription),
    );
    const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const anchors = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    expect(descriptions).toHaveLength(Object.keys(ALARMS).length);
    for (const { anchor, firstCommand } of Object.values(ALARMS)) {
      const command = firstCommand.replace('<election>', '"orders"');
      expect(descriptions).toContainEqual(
        expect.stringMatching(
          new RegExp(`https://unpkg.com/tenure@[\\d.]+/docs/operations.md#${anchor}\\)`),
        ),
      );
      expect(descriptions).toContainEqual(expect.stringContaining(`\`${command}\``));
      expect(anchors).toContain(anchor);
    }
  });
});

describe('the dashboard', () => {
  const stack = emptyStack();
  new ElectionDashboard(stack, 'Dashboard', {
    elections: [
      new ElectionAlarms(stack, 'Orders', { election: 'orders', store: STORE }),
      new ElectionAlarms(stack, 'Billing', { election: 'billing', store: STORE }),
    ],
    logGroups: [new LogGroup(stack, 'Logs')],
  });
  const [dashboard] = Object.values(
    Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'),
  );
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);

  it('shows the state of every alarm, who leads since when, and each election', () => {
    expect(body).toContain('\\"type\\":\\"alarm\\"');
    expect(body).toContain('Who leads, since when');
    for (const election of ['orders', 'billing']) expect(body).toContain(`${election}: now`);
  });

  it('draws every metric that the library emits of elections', () => {
    for (const name of metricsOf('elections')) expect(body).toContain(`\\"${name}\\"`);
  });

  it('has no name of its own, so that it can be deployed twice', () => {
    expect(dashboard?.Properties.DashboardName).toBeUndefined();
  });
});
