/**
 * Alarms on what carries an election's events and work: functions, streams, queues.
 *
 * Decides what is worth waking somebody for. A new alarm is one entry of `DELIVERIES` and one section of
 * `docs/operations.md`.
 */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { LeaderFunction } from '../function/leader-function.ts';
import type { ElectionTicks } from '../queue/election-ticks.ts';
import type { LeaderChanges } from './leader-changes.ts';
import { deliveryDescription, type Runbook, raise } from './runbooks.ts';

const WINDOW = Duration.minutes(5);
/** Five minutes of the stream: by then rules and their targets act on what is long past. */
const STREAM_AGE_MS_MAX = 300_000;

export interface DeliveryAlarmsProps {
  readonly leaderChanges?: LeaderChanges;
  readonly ticks?: ElectionTicks;
  readonly leaderFunction?: LeaderFunction;
  /** Left out: alarms change state and tell nobody. */
  readonly actions?: readonly IAlarmAction[];
  /** Where the runbooks are. Left out: the page of this version of the package, on the web. */
  readonly runbookPage?: string;
}

interface Delivery extends Runbook {
  /** Nothing where the app has no such part. */
  readonly metric: (of: DeliveryAlarmsProps) => IMetric | undefined;
  readonly threshold: number;
}

export const DELIVERIES = {
  changesUndelivered: {
    anchor: 'events-of-leader-changes-are-missing',
    symptom: 'changes of leader could not be sent as events',
    firstCommand: 'aws sqs get-queue-attributes --attribute-names All --queue-url <queue>',
    metric: ({ leaderChanges }) => leaderChanges && waitingIn(leaderChanges.undelivered),
    threshold: 0,
  },
  changesLate: {
    anchor: 'events-of-leader-changes-are-missing',
    symptom: 'changes of leader are sent late',
    firstCommand: 'aws lambda get-function --function-name <function>',
    metric: ({ leaderChanges }) =>
      leaderChanges?.function.metric('IteratorAge', { period: WINDOW, statistic: Stats.MAXIMUM }),
    threshold: STREAM_AGE_MS_MAX,
  },
  changesFailing: failing('changes of leader', ({ leaderChanges }) => leaderChanges?.function),
  ticksFailing: failing('ticks', ({ ticks }) => ticks?.function),
  leaderFailing: failing('the function that leads', ({ leaderFunction }) => leaderFunction),
  ticksUndone: {
    anchor: 'ticks-are-not-worked',
    symptom: 'ticks failed each time and were given up',
    firstCommand: 'aws sqs get-queue-attributes --attribute-names All --queue-url <queue>',
    metric: ({ ticks }) => ticks && waitingIn(ticks.undone),
    threshold: 0,
  },
  unfired: {
    anchor: 'a-schedule-does-not-fire',
    symptom: 'a schedule could not invoke its function',
    firstCommand: 'aws sqs get-queue-attributes --attribute-names All --queue-url <queue>',
    metric: ({ leaderFunction }) => leaderFunction?.unfired && waitingIn(leaderFunction.unfired),
    threshold: 0,
  },
} as const satisfies Record<string, Delivery>;

/** One alarm for each part that is given. */
export class DeliveryAlarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: DeliveryAlarmsProps) {
    super(scope, id);
    this.all = Object.entries(DELIVERIES).flatMap(([name, delivery]: [string, Delivery]) => {
      const metric = delivery.metric(props);
      if (metric === undefined) return [];
      const alarm = new Alarm(this, `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, {
        metric,
        threshold: delivery.threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: deliveryDescription({ ...delivery, page: props.runbookPage }),
      });
      return [raise(alarm, props.actions)];
    });
  }
}

function failing(
  what: string,
  functionOf: (of: DeliveryAlarmsProps) => IFunction | undefined,
): Delivery {
  return {
    anchor: 'a-function-fails',
    symptom: `${what}: the function fails`,
    firstCommand: 'aws logs tail <log group> --since 1h',
    metric: (of) => functionOf(of)?.metricErrors({ period: WINDOW }),
    threshold: 0,
  };
}

function waitingIn(queue: IQueue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({
    period: WINDOW,
    statistic: Stats.MAXIMUM,
  });
}
