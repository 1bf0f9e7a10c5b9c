/**
 * What the dashboard shows of a group: how many partitions are led and by how many members, what moved, and how
 * long nobody led.
 */
import {
  Color,
  GraphWidget,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  SingleValueWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { METRICS, type MetricName, metricsOf } from '../../../lib/core/journal/metrics.ts';
import { withDefaults } from '../../../lib/core/time/timing.ts';
import { groupMetric, type IElectionStore } from '../watching/election-metrics.ts';
import type { ElectionGroup } from './election-group.ts';

const WIDTH = 24;

export function groupRow(of: ElectionGroup): IWidget[] {
  const { group, partitions } = of;
  const { leaseDurationMs } = withDefaults(of.timings);
  const metric = (name: MetricName, statistic?: string) =>
    of.metric(name, { label: METRICS[name].meaning, ...(statistic && { statistic }) });
  return [
    new SingleValueWidget({
      title: `${group}: now`,
      width: 6,
      height: 6,
      metrics: [
        metric('PartitionsLed'),
        metric('Members'),
        metric('PartitionsVacant'),
        metric('Imbalance', Stats.MAXIMUM),
      ],
    }),
    new GraphWidget({
      title: `${group}: partitions led (of ${partitions})`,
      width: 6,
      left: [metric('PartitionsLed'), metric('PartitionsVacant')],
      right: [metric('Members')],
      leftYAxis: { min: 0 },
      rightYAxis: { min: 0 },
      leftAnnotations: [{ value: partitions, color: Color.GREEN, label: 'all' }],
    }),
    new GraphWidget({
      title: `${group}: lease left at each heartbeat`,
      width: 6,
      left: [metric('HeartbeatMargin', Stats.MINIMUM)],
      leftYAxis: { min: 0, max: leaseDurationMs, label: 'ms', showUnits: false },
      leftAnnotations: [{ value: leaseDurationMs / 3, color: Color.ORANGE, label: 'a third' }],
    }),
    new GraphWidget({
      title: `${group}: moves, overdue hand-overs, refused writes`,
      width: 6,
      left: [metric('PartitionMoves')],
      right: [metric('HandOverOverdue'), metric('FencingRejections')],
      leftYAxis: { min: 0 },
      rightYAxis: { min: 0 },
    }),
  ];
}

/** Metrics without the group as a dimension: all groups of one table together. */
export function sharedGroupRow(store: IElectionStore): IWidget[] {
  const shared = metricsOf('groups').filter((name) => !METRICS[name].perElection);
  return shared.map(
    (name) =>
      new GraphWidget({
        title: `All groups: ${METRICS[name].meaning}`,
        width: Math.floor(WIDTH / shared.length),
        left: [
          groupMetric(
            name,
            { group: '', store: store.storeName },
            METRICS[name].unit === 'Milliseconds' ? { statistic: 'p99' } : {},
          ),
        ],
        leftYAxis: { min: 0 },
      }),
  );
}

/** One line a member, by its lines of the embedded metrics, the latest first. */
export function whoIsMember(logGroups: readonly ILogGroup[]): IWidget {
  return new LogQueryWidget({
    title: 'Members, and what they lead',
    width: WIDTH,
    height: 5,
    view: LogQueryVisualizationType.TABLE,
    logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
    queryLines: [
      'filter ispresent(PartitionsLed) and Members > 0',
      'stats latest(PartitionsLed) as led, latest(PartitionsVacant) as vacant, ' +
        'latest(@timestamp) as lastSeen by group, candidateId',
      'sort lastSeen desc',
      'limit 100',
    ],
  });
}
