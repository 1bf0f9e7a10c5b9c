/**
 * Alarms on what carries an election's events and work: functions, streams, queues.
 *
 * Decides what is worth an alarm. A new alarm is one entry of `DELIVERIES` and one section of
 * `docs/operations.md`.
 */
import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { LeaderFunction } from '../function/leader-function.ts';
import type { BatonQueue } from '../queue/baton-queue.ts';
import type { ElectionTicks } from '../queue/election-ticks.ts';
import type { HintsQueue } from '../queue/hints-queue.ts';
import { above, madeAlarm } from './alarms-of.ts';
import type { LeaderChanges } from './leader-changes.ts';
import { deliveryDescription, type Runbook } from './runbooks.ts';

const WINDOW = Duration.minutes(5);
/** Two days: the baton in use was sent when the term before began, and a term ends within 12 hours. */
const BATON_AGE_SECONDS_MAX = 172_800;
/** One receive takes ten. A leader leaves one baton, and a crash one more, which the next leader deletes. */
const BATONS_WAITING_MAX = 10;
/** A standby's poll takes a hint at once. SQS drops it after 60 seconds. */
const HINT_AGE_SECONDS_MAX = 30;
/**
 * There is one hint for each hand-over. So many at once means that no standby hears them, or that a
 * loop sends them.
 */
const HINTS_WAITING_MAX = 100;
/** Five minutes of the stream: later, rules and their targets act on outdated events. */
const STREAM_AGE_MS_MAX = 300_000;

/** Props of `DeliveryAlarms`. */
export interface DeliveryAlarmsProps {
  /** Left out: no alarm on undelivered changes, or on a stream that is late. */
  readonly leaderChanges?: LeaderChanges;
  /** Left out: no alarm on dead letters of ticks. */
  readonly ticks?: ElectionTicks;
  /** Left out: no alarm on batons that nobody takes. */
  readonly baton?: BatonQueue;
  /** Left out: no alarm on hints that nobody hears. */
  readonly hints?: HintsQueue;
  /** Left out: no alarm on firings of a schedule that were lost. */
  readonly leaderFunction?: LeaderFunction;
  /** Left out: alarms change state and notify no one. */
  readonly actions?: readonly IAlarmAction[];
  /** Where the runbooks are. Left out: the page of this version of the package, on the web. */
  readonly runbookPage?: string;
}

interface Delivery extends Runbook {
  /** Gives `undefined` where the app has no such part. */
  readonly metric: (of: DeliveryAlarmsProps) => IMetric | undefined;
  readonly threshold: number;
  /** Windows in a row above the threshold. Left out: one. */
  readonly windows?: number;
}

const LOOK_INTO_QUEUE = 'aws sqs get-queue-attributes --attribute-names All --queue-url <queue>';

export const DELIVERIES = {
  changesUndelivered: {
    anchor: 'events-of-leader-changes-are-missing',
    symptom: 'changes of leader could not be sent as events',
    firstCommand: LOOK_INTO_QUEUE,
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
    firstCommand: LOOK_INTO_QUEUE,
    metric: ({ ticks }) => ticks && waitingIn(ticks.undone),
    threshold: 0,
  },
  batonUntaken: {
    anchor: 'a-baton-is-not-taken',
    symptom: 'the baton lies in its queue and nobody takes it',
    firstCommand: LOOK_INTO_QUEUE,
    metric: ({ baton }) => baton && untaken(baton.queue),
    threshold: 0,
    windows: 2,
  },
  batonsMany: {
    anchor: 'a-baton-is-not-taken',
    symptom: 'batons pile up: candidates send them and do not delete them',
    firstCommand: LOOK_INTO_QUEUE,
    metric: ({ baton }) => baton && waitingIn(baton.queue),
    threshold: BATONS_WAITING_MAX,
  },
  batonOld: {
    anchor: 'a-baton-is-not-taken',
    symptom: 'the baton is older than two terms can be',
    firstCommand: LOOK_INTO_QUEUE,
    metric: ({ baton }) => baton && ageIn(baton.queue, WINDOW),
    threshold: BATON_AGE_SECONDS_MAX,
  },
  hintsUnheard: {
    anchor: 'hints-are-not-heard',
    symptom: 'hints are sent and nobody hears them',
    firstCommand: LOOK_INTO_QUEUE,
    // SQS drops a hint after a minute, so only several old hints in a row are a finding.
    metric: ({ hints }) => hints && ageIn(hints.queue, Duration.minutes(1)),
    threshold: HINT_AGE_SECONDS_MAX,
    windows: 5,
  },
  hintsMany: {
    anchor: 'hints-are-not-heard',
    symptom: 'hints pile up',
    firstCommand: LOOK_INTO_QUEUE,
    metric: ({ hints }) => hints && waitingIn(hints.queue),
    threshold: HINTS_WAITING_MAX,
  },
  unfired: {
    anchor: 'a-schedule-does-not-fire',
    symptom: 'a schedule could not invoke its function',
    firstCommand: LOOK_INTO_QUEUE,
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
      const watch = above(metric, delivery.threshold, delivery.windows);
      const alarmDescription = deliveryDescription({ ...delivery, page: props.runbookPage });
      return [madeAlarm(this, name, { ...watch, alarmDescription }, props.actions)];
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

/** 1 where a baton waits and no candidate keeps one invisible, which is what leading is. */
function untaken(queue: IQueue): IMetric {
  const options = { period: WINDOW, statistic: Stats.MAXIMUM };
  return new MathExpression({
    expression: 'IF(held < 1 AND waiting > 0, 1, 0)',
    usingMetrics: {
      held: queue.metricApproximateNumberOfMessagesNotVisible(options),
      waiting: queue.metricApproximateNumberOfMessagesVisible(options),
    },
    period: WINDOW,
    label: 'untaken',
  });
}

function ageIn(queue: IQueue, period: Duration): IMetric {
  return queue.metricApproximateAgeOfOldestMessage({ period, statistic: Stats.MAXIMUM });
}

function waitingIn(queue: IQueue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({
    period: WINDOW,
    statistic: Stats.MAXIMUM,
  });
}
