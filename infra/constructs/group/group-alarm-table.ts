/**
 * The alarms of a group of partitions, one entry each: what it watches, and its runbook.
 *
 * Decides thresholds and windows. Who leads is judged by `PartitionsLed` alone: each member reports once a
 * minute how many partitions it led, so that the sum is the number of partitions. A new alarm is one entry here
 * and one section of `docs/operations.md`.
 */
import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricName } from '../../../lib/core/journal/metrics.ts';
import type { Timings } from '../../../lib/core/time/timing.ts';
import { type AlarmKind, above, marginLow } from '../watching/alarms-of.ts';
import { groupMetric, type IElectionStore } from '../watching/election-metrics.ts';

const MOVES_WINDOW = Duration.minutes(15);
/** A rolling deployment without spares moves each partition twice. */
const MOVES_MAX_PARTITIONS = 3;
/**
 * No plan by count gives one member more than this many times the mean, as long as there are no more members
 * than partitions.
 */
const IMBALANCE_MAX = 2;
/** Half a partition: a sum over it is one more, or one less. */
const TOLERANCE = 0.5;
/**
 * In large groups a deployment moves hundreds of partitions a minute, and each is without a leader
 * for a tenth of a second. A partition that a member was given and does not take is found by
 * `partitionsNotTaken`, whatever the number.
 */
const TOLERATED_SHARE = 1 / 500;

/** What the entries know of the group that they watch. */
export interface WatchedGroup {
  readonly group: string;
  readonly partitions: number;
  readonly store: IElectionStore;
  readonly timings: Timings;
  readonly movesMax: number | undefined;
  readonly imbalanceMax: number | undefined;
}

export const GROUP_ALARMS = {
  partitionsWithoutLeader: {
    anchor: 'partitions-have-no-leader',
    symptom: 'partitions have no leader',
    firstCommand: 'tenure partitions <election>',
    watch: (of) => ({
      metric: metricOf('PartitionsLed', of),
      threshold: fewestLed(of),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      // Three: a dead member's partitions wait for its lease, and lines of the latest minute come late.
      evaluationPeriods: 3,
      // Dead processes report nothing: their silence is what this alarm is for.
      treatMissingData: TreatMissingData.BREACHING,
    }),
  },
  partitionLedTwice: {
    anchor: 'a-partition-is-led-twice',
    symptom: 'a partition is led twice',
    firstCommand: 'tenure partitions <election>',
    watch: (of) =>
      // Two: members whose clocks differ count what moves between them in two different minutes.
      above(metricOf('PartitionsLed', of), of.partitions + TOLERANCE, 2),
  },
  partitionsNotTaken: {
    anchor: 'partitions-are-not-taken',
    symptom: 'partitions are not taken',
    firstCommand: 'tenure partitions <election>',
    watch: (of) => above(metricOf('PartitionsVacant', of), 0, 5),
  },
  handOversOverdue: {
    anchor: 'hand-overs-are-overdue',
    symptom: 'hand-overs are overdue',
    firstCommand: 'tenure partitions <election>',
    watch: (of) => above(metricOf('HandOverOverdue', of, { period: Duration.minutes(5) }), 0),
  },
  partitionsMoveTooOften: {
    anchor: 'partitions-move-too-often',
    symptom: 'partitions move too often',
    firstCommand: 'tenure members <election>',
    watch: (of) =>
      above(
        metricOf('PartitionMoves', of, { period: MOVES_WINDOW }),
        of.movesMax ?? MOVES_MAX_PARTITIONS * of.partitions,
      ),
  },
  unbalanced: {
    anchor: 'a-group-is-unbalanced',
    symptom: 'the group is unbalanced',
    firstCommand: 'tenure members <election>',
    watch: (of) =>
      above(
        metricOf('Imbalance', of, { statistic: Stats.MAXIMUM }),
        of.imbalanceMax ?? IMBALANCE_MAX,
        15,
      ),
  },
  heartbeatsLate: {
    anchor: 'heartbeats-are-late',
    symptom: 'heartbeats are late',
    firstCommand: 'tenure members <election>',
    watch: (of) =>
      marginLow(
        metricOf('HeartbeatMargin', of, { statistic: Stats.MINIMUM }),
        of.timings.leaseDurationMs,
      ),
  },
  staleWritesRefused: {
    anchor: 'stale-writes-are-refused',
    symptom: 'stale writes are refused',
    firstCommand: 'tenure partitions <election>',
    watch: (of) => above(metricOf('FencingRejections', of, { period: Duration.minutes(5) }), 0),
  },
} as const satisfies Record<string, AlarmKind<WatchedGroup>>;

/** The alarms of a group. */
export type GroupAlarmName = keyof typeof GROUP_ALARMS;

function metricOf(
  name: MetricName,
  { group, store }: WatchedGroup,
  options?: Parameters<typeof groupMetric>[2],
) {
  return groupMetric(name, { group, store: store.storeName }, options);
}

/** Where another Region may lead, only the silence of this Region is a finding. */
function fewestLed({ partitions, store }: WatchedGroup): number {
  if (store.severalRegions) return 0;
  return partitions - Math.max(TOLERANCE, partitions * TOLERATED_SHARE);
}
