/**
 * CloudWatch's own work that the local account leaves out: metrics out of embedded-metric log lines.
 *
 * Each call reads each log group from where the last call stopped. It puts every metric that a line
 * states, under each of the dimension sets that the line states and no other.
 */
import {
  type CloudWatchClient,
  type MetricDatum,
  PutMetricDataCommand,
  type StandardUnit,
} from '@aws-sdk/client-cloudwatch';
import { type CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';

/** CloudWatch's ceiling on one request. */
const DATA_MAX = 1_000;

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit?: StandardUnit }[];
}

export interface MetricBridge {
  /** How many metric values were put. */
  carry(logGroups: readonly string[]): Promise<number>;
}

export function createMetricBridge(
  logs: CloudWatchLogsClient,
  cloudWatch: CloudWatchClient,
): MetricBridge {
  const seen = new Set<string>();

  async function linesOf(logGroupName: string): Promise<readonly string[]> {
    const lines: string[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await logs.send(new FilterLogEventsCommand({ logGroupName, nextToken }));
      for (const { eventId, timestamp, logStreamName, message = '' } of answer.events ?? []) {
        const id = `${logGroupName} ${logStreamName} ${eventId} ${timestamp} ${message}`;
        if (seen.has(id)) continue;
        seen.add(id);
        lines.push(message);
      }
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    return lines;
  }

  async function put(namespace: string, data: readonly MetricDatum[]): Promise<void> {
    for (let from = 0; from < data.length; from += DATA_MAX) {
      const MetricData = data.slice(from, from + DATA_MAX);
      await cloudWatch.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }));
    }
  }

  return {
    async carry(logGroups) {
      const lines = (await Promise.all(logGroups.map(linesOf))).flat();
      const data = lines.flatMap(metricsIn);
      const byNamespace = Map.groupBy(data, ({ namespace }) => namespace);
      for (const [namespace, some] of byNamespace) {
        await put(
          namespace,
          some.map(({ datum }) => datum),
        );
      }
      return data.length;
    },
  };
}

function metricsIn(line: string): readonly { namespace: string; datum: MetricDatum }[] {
  if (!line.startsWith('{"_aws"')) return [];
  const { _aws, ...fields } = JSON.parse(line);
  return (_aws.CloudWatchMetrics as readonly Directive[]).flatMap(
    ({ Namespace: namespace, Dimensions, Metrics }) =>
      Dimensions.flatMap((names) =>
        Metrics.map(({ Name, Unit }) => ({
          namespace,
          datum: {
            MetricName: Name,
            Unit,
            // One value, or all of a minute.
            Values: [fields[Name]].flat(),
            Timestamp: new Date(_aws.Timestamp),
            Dimensions: names.map((name) => ({ Name: name, Value: String(fields[name]) })),
          },
        })),
      ),
  );
}
