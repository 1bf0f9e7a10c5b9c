/**
 * What the entry points of this folder report, and how: structured logs through Powertools, and metrics
 * as plain lines, of which a leader writes one a minute.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import {
  type CloudWatchMetrics,
  cloudWatchMetrics,
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
  const metrics = cloudWatchMetrics();
  return { logger, metrics, journal: combineJournals(structuredLogs({ logger }), metrics) };
}
