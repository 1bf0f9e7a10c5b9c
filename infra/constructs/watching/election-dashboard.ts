/**
 * One dashboard that answers at a glance: who leads, since when, how healthy.
 *
 * Decides the order of reading: state of the alarms first, then one row an election, then what all
 * elections share. Metrics come from `lib/core/journal/metrics.ts`, names of leaders from the logs.
 */
import { Duration, Stack, Token } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  PeriodOverride,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { METRICS, type MetricName, metricsOf } from '../../../lib/core/journal/metrics.ts';
import type { ElectionGroup } from '../group/election-group.ts';
import { GROUP_ALARMS } from '../group/group-alarm-table.ts';
import { groupRow, sharedGroupRow, whoIsMember } from '../group/group-rows.ts';
import { ALARMS } from './alarm-table.ts';
import type { ElectionAlarms } from './election-alarms.ts';
import { electionMetric, type IElectionStore } from './election-metrics.ts';
import { type Runbook, runbookPageDefault } from './runbooks.ts';

const WIDTH = 24;
/** A shorter term is shown whole. A longer term appears to begin with the window. */
const INTERVAL = Duration.hours(12);

/** Props of `ElectionDashboard`. */
export interface ElectionDashboardProps {
  /** One per election, in the order of the rows. Left out: none. */
  readonly elections?: readonly ElectionAlarms[];
  /** One row per group, below. Left out: none. */
  readonly groups?: readonly ElectionGroup[];
  /** Where candidates and members write their events. Left out: the table of who leads is not drawn. */
  readonly logGroups?: readonly ILogGroup[];
  /** Left out: CloudFormation makes one. */
  readonly dashboardName?: string;
  /** Where the runbooks are. Left out: the page of this version of the package, on the web. */
  readonly runbookPage?: string;
}

/** One metric dimension per election is read; nothing here creates a metric. */
export class ElectionDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: ElectionDashboardProps) {
    super(scope, id);
    const { elections = [], groups = [], logGroups = [], dashboardName } = props;
    this.dashboard = new Dashboard(this, 'Dashboard', {
      ...(dashboardName === undefined ? {} : { dashboardName }),
      defaultInterval: INTERVAL,
      periodOverride: PeriodOverride.INHERIT,
    });
    const page = props.runbookPage ?? runbookPageDefault();
    this.dashboard.addWidgets(overview({ elections, groups }, page));
    this.dashboard.addWidgets(alarmStates([...elections, ...groups.map(({ alarms }) => alarms)]));
    if (logGroups.length > 0) {
      if (elections.length > 0) this.dashboard.addWidgets(whoLeads(logGroups));
      if (groups.length > 0) this.dashboard.addWidgets(whoIsMember(logGroups));
    }
    for (const alarms of elections) this.dashboard.addWidgets(...electionRow(alarms));
    for (const group of groups) this.dashboard.addWidgets(...groupRow(group));
    const stores = new Set(elections.map(({ store }) => store));
    for (const store of stores) this.dashboard.addWidgets(...sharedRow(store));
    const tables = new Set(groups.map(({ table }) => table));
    for (const table of tables) this.dashboard.addWidgets(...sharedGroupRow(table));
  }

  /** The page in the console. */
  get url(): string {
    const stack = Stack.of(this);
    const { region } = stack;
    const name = this.dashboard.dashboardName;
    return `${consoleOf(stack)}/cloudwatch/home?region=${region}#dashboards:name=${name}`;
  }
}

/** Each partition of AWS has a console of its own; which one is known where the Region is. */
function consoleOf({ region }: Stack): string {
  if (Token.isUnresolved(region)) return `https://${region}.console.aws.amazon.com`;
  const partition = RegionInfo.get(region).partition ?? 'aws';
  return CONSOLES[partition]?.(region) ?? `https://${region}.console.aws.amazon.com`;
}

const CONSOLES: Readonly<Record<string, (region: string) => string>> = {
  'aws-cn': (region) => `https://${region}.console.amazonaws.cn`,
  'aws-us-gov': (region) => `https://${region}.console.amazonaws-us-gov.com`,
};

function overview(
  { elections, groups }: Required<Pick<ElectionDashboardProps, 'elections' | 'groups'>>,
  page: string,
): IWidget {
  const parts = [
    listed(
      'Elections',
      elections.map(({ election }) => election),
      { runbooks: ALARMS, page },
    ),
    listed(
      'Groups',
      groups.map(({ group }) => group),
      { runbooks: GROUP_ALARMS, page },
    ),
  ].filter((part) => part !== undefined);
  return new TextWidget({ width: WIDTH, height: 3 * parts.length, markdown: parts.join('\n\n') });
}

function listed(
  heading: string,
  names: readonly string[],
  { runbooks, page }: { readonly runbooks: Readonly<Record<string, Runbook>>; page: string },
): string | undefined {
  if (names.length === 0) return undefined;
  const links = Object.values(runbooks).map(
    ({ symptom, anchor }) => `[${symptom}](${page}#${anchor})`,
  );
  const quoted = names.map((name) => `\`${name}\``).join(', ');
  return `# ${heading}: ${quoted}\nRunbooks: ${links.join(' · ')}`;
}

function alarmStates(watched: readonly Pick<ElectionAlarms, 'all'>[]): IWidget {
  return new AlarmStatusWidget({
    title: 'Alarms',
    width: WIDTH,
    height: 3,
    alarms: watched.flatMap(({ all }) => [...all]),
  });
}

/**
 * One line a term, the current ones first; `since` is the term's first sign within the window shown.
 * The lines are those of the embedded metrics, which name candidate and token beside the values.
 */
function whoLeads(logGroups: readonly ILogGroup[]): IWidget {
  return new LogQueryWidget({
    title: 'Who leads, since when',
    width: WIDTH,
    height: 5,
    view: LogQueryVisualizationType.TABLE,
    logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
    queryLines: WHO_LEADS_QUERY,
  });
}

const WHO_LEADS_QUERY: string[] = [
  'filter event in ["elected", "renewed"]',
  'stats earliest(@timestamp) as since, latest(@timestamp) as lastSeen by election, token, candidateId',
  'sort lastSeen desc',
  'limit 20',
];

function electionRow(alarms: ElectionAlarms): IWidget[] {
  const { election, store, leaseDurationMs } = alarms;
  const metric = (name: MetricName, statistic?: string) =>
    electionMetric(
      name,
      { election, store: store.storeName },
      {
        label: METRICS[name].meaning,
        ...(statistic && { statistic }),
      },
    );
  return [
    new SingleValueWidget({
      title: `${election}: now`,
      width: 6,
      height: 6,
      metrics: [metric('LeadingSeconds'), metric('LeaseMargin', Stats.MINIMUM)],
    }),
    new GraphWidget({
      title: `${election}: leading (60 one leader, 0 nobody)`,
      width: 6,
      left: [metric('LeadingSeconds')],
      leftYAxis: { min: 0 },
      leftAnnotations: [{ value: 61, color: Color.RED, label: 'two leaders' }],
    }),
    new GraphWidget({
      title: `${election}: lease left at each renewal`,
      width: 6,
      left: [metric('LeaseMargin', Stats.MINIMUM)],
      leftYAxis: { min: 0, max: leaseDurationMs, label: 'ms', showUnits: false },
      leftAnnotations: [{ value: leaseDurationMs / 3, color: Color.ORANGE, label: 'a third' }],
    }),
    new GraphWidget({
      title: `${election}: changes and refused writes`,
      width: 6,
      left: [metric('LeadershipAcquired'), metric('FencingRejections')],
      leftYAxis: { min: 0 },
    }),
  ];
}

/** Metrics without the election as a dimension: all elections of one table or queue together. */
function sharedRow(store: IElectionStore): IWidget[] {
  const shared = metricsOf('elections').filter((name) => !METRICS[name].perElection);
  return shared.map(
    (name) =>
      new GraphWidget({
        title: `All elections: ${METRICS[name].meaning}`,
        width: Math.floor(WIDTH / shared.length),
        left: [
          electionMetric(
            name,
            { election: '', store: store.storeName },
            METRICS[name].unit === 'Milliseconds' ? { statistic: 'p99' } : {},
          ),
        ],
        leftYAxis: { min: 0 },
      }),
  );
}
