/**
 * The journal in CloudWatch: embedded metrics and structured logs.
 * @module tenure/cloudwatch
 */
export { METRIC_NAMESPACE } from '../core/journal/metrics.ts';
export {
  type FieldsFirstLogger,
  type LogLevel,
  type StructuredLogger,
  type StructuredLogsOptions,
  structuredLogs,
} from './logs.ts';
export {
  type CloudWatchMetrics,
  type CloudWatchMetricsOptions,
  cloudWatchMetrics,
  type PowertoolsMetrics,
} from './metrics.ts';
