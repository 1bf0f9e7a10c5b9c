/**
 * What the entry points of this folder report, and how: structured logs and metrics, through Powertools.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import {
  type CloudWatchMetrics,
  cloudWatchMetrics,
  METRIC_NAMESPACE,
  structuredLogs,
} from '../lib/cloudwatch/index.ts';
import { combineJournals, type Journal } from '../lib/index.ts';

export interface Reporting {
  readonly logger: Logger;
  readonly metrics: CloudWatchMetrics;
  /** For `createElection`: both of them. */
  readonly journal: Journal;
}

export function createReporting(serviceName: string): Reporting {
  const logger = new Logger({ serviceName });
  const metrics = cloudWatchMetrics({
    metrics: new Metrics({ namespace: METRIC_NAMESPACE, serviceName }),
  });
  return { logger, metrics, journal: combineJournals(structuredLogs({ logger }), metrics) };
}
