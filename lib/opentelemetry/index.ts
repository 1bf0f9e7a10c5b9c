/**
 * The journal as OpenTelemetry metrics, and calls as its spans; needs `@opentelemetry/api`.
 * @module tenure/opentelemetry
 */
export { type OpenTelemetryMetricsOptions, openTelemetryMetrics } from './metrics.ts';
export {
  type OpenTelemetrySpansOptions,
  openTelemetrySpans,
  type SpanLike,
  type TracerLike,
} from './spans.ts';
