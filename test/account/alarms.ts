/**
 * The deployed alarms, judged as CloudWatch documents it: by their own metric and dimensions, over whole
 * periods, M out of N, with each alarm's own treatment of missing data.
 *
 * The local account stores alarms and metrics; its own judgement leaves dimensions and missing data out,
 * so it is not asked for one.
 */
import {
  type CloudWatchClient,
  type Datapoint,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  type MetricAlarm,
  type Statistic,
} from '@aws-sdk/client-cloudwatch';

const MINUTE_MS = 60_000;

/** `INSUFFICIENT_DATA` is not needed: each of our alarms says what missing data means. */
export type Verdict = 'ALARM' | 'OK';

interface Window {
  readonly from: number;
  readonly to: number;
}

/** Every alarm of a stack: CloudFormation begins their names with the stack's. */
export async function alarmsOf(
  cloudWatch: CloudWatchClient,
  stack: string,
): Promise<readonly MetricAlarm[]> {
  const { MetricAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: `${stack}-`, MaxRecords: 100 }),
  );
  return MetricAlarms;
}

/** What the alarm's state was or would be at that moment, from the metrics that the account holds. */
export async function judge(
  cloudWatch: CloudWatchClient,
  alarm: MetricAlarm,
  atEpochMs: number,
): Promise<Verdict> {
  const { Period = 60, EvaluationPeriods = 1, DatapointsToAlarm = EvaluationPeriods } = alarm;
  const periodMs = Period * 1_000;
  const endMs = endOfPeriods(periodMs, atEpochMs);
  const startMs = endMs - EvaluationPeriods * periodMs;
  const points = await pointsOf(cloudWatch, alarm, { from: startMs, to: endMs });
  const breaching = Array.from({ length: EvaluationPeriods }, (_, index) => {
    const from = startMs + index * periodMs;
    return breaches(alarm, valueIn(alarm, points, { from, to: from + periodMs }));
  });
  return breaching.filter(Boolean).length >= DatapointsToAlarm ? 'ALARM' : 'OK';
}

/** Whether any process has reported the alarm's metric for the minute that ends then. */
export async function isReported(
  cloudWatch: CloudWatchClient,
  alarm: MetricAlarm,
  endEpochMs: number,
): Promise<boolean> {
  const minute = { from: endEpochMs - MINUTE_MS, to: endEpochMs };
  return (await pointsOf(cloudWatch, alarm, minute)).length > 0;
}

/** Asks for minutes, and the caller adds them up: the account aligns longer periods as it likes. */
async function pointsOf(
  cloudWatch: CloudWatchClient,
  alarm: MetricAlarm,
  window: Window,
): Promise<readonly Datapoint[]> {
  const { Datapoints = [] } = await cloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace: alarm.Namespace,
      MetricName: alarm.MetricName,
      Dimensions: alarm.Dimensions,
      StartTime: new Date(window.from),
      EndTime: new Date(window.to),
      Period: 60,
      Statistics: [alarm.Statistic as Statistic],
    }),
  );
  return Datapoints.filter(({ Timestamp }) => {
    const atMs = Timestamp?.getTime() ?? Number.NaN;
    return atMs >= window.from && atMs < window.to;
  });
}

/** A minute counts once it is over, since its samples come at its end. Longer periods slide. */
function endOfPeriods(periodMs: number, atEpochMs: number): number {
  const round = periodMs === MINUTE_MS ? Math.floor : Math.ceil;
  return round(atEpochMs / MINUTE_MS) * MINUTE_MS;
}

function valueIn(
  { Statistic }: MetricAlarm,
  points: readonly Datapoint[],
  window: Window,
): number | undefined {
  const inside = points.filter(({ Timestamp }) => {
    const atMs = Timestamp?.getTime() ?? Number.NaN;
    return atMs >= window.from && atMs < window.to;
  });
  if (inside.length === 0) return undefined;
  switch (Statistic) {
    case 'Sum':
      return inside.reduce((sum, point) => sum + (point.Sum ?? 0), 0);
    case 'Minimum':
      return Math.min(...inside.map((point) => point.Minimum ?? Infinity));
    case 'Maximum':
      return Math.max(...inside.map((point) => point.Maximum ?? -Infinity));
    default:
      throw new Error(`the statistic ${Statistic} is not judged here`);
  }
}

function breaches(alarm: MetricAlarm, value: number | undefined): boolean {
  if (value === undefined) {
    if (alarm.TreatMissingData === 'breaching') return true;
    if (alarm.TreatMissingData === 'notBreaching') return false;
    throw new Error(`${alarm.AlarmName} must say what missing data means`);
  }
  const { Threshold = Number.NaN } = alarm;
  switch (alarm.ComparisonOperator) {
    case 'GreaterThanThreshold':
      return value > Threshold;
    case 'LessThanThreshold':
      return value < Threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= Threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= Threshold;
    default:
      throw new Error(`${alarm.ComparisonOperator} is not judged here`);
  }
}
