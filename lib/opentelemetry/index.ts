/** The journal as OpenTelemetry metrics; needs `@opentelemetry/api`. */
export { type OpenTelemetryMetricsOptions, openTelemetryMetrics } from './metrics.ts';
