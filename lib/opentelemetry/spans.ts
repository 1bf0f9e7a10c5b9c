/**
 * Campaigns, renewals and work as spans of OpenTelemetry, through any tracer of its shape.
 *
 * Decides names and attributes, and that a renewal begins a trace of its own: a term may last for weeks, and
 * the span of the campaign that began it has ended. Campaigns and work are within the span of their caller.
 */
import { trace } from '@opentelemetry/api';
import { METRIC_NAMESPACE } from '../core/journal/metrics.ts';
import { formatToken, type Token } from '../core/token.ts';
import type { SpanEnd, Spans } from '../ports.ts';

type Attributes = Record<string, string>;

/** What is used of a span. */
export interface SpanLike {
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { code: 2; message: string }): unknown;
  recordException(exception: Error | string): void;
  end(): void;
}

/** What is used of a tracer: a `Tracer` of `@opentelemetry/api` is one. */
export interface TracerLike {
  startActiveSpan(
    name: string,
    options: { attributes: Attributes; root: boolean },
    run: (span: SpanLike) => unknown,
  ): unknown;
}

/** What `openTelemetrySpans` takes. */
export interface OpenTelemetrySpansOptions {
  /** Default: the global provider's tracer named `Tenure`. */
  readonly tracer?: TracerLike | undefined;
}

/** OpenTelemetry's `SpanStatusCode.ERROR`. */
const ERROR = 2;

/** Give it to `createElection` as `spans`; one serves all elections of a process. */
export function openTelemetrySpans(options: OpenTelemetrySpansOptions = {}): Spans {
  const { tracer = trace.getTracer(METRIC_NAMESPACE) } = options;
  return ({ name, candidateId: candidate, ...subject }, run) => {
    const attributes = attributesOf({ ...subject, candidate });
    return tracer.startActiveSpan(
      `tenure.${name}`,
      { attributes, root: name === 'renew' },
      async (span) => close(span, await run()),
    );
  };
}

function close(span: SpanLike, { error, ...said }: SpanEnd): void {
  span.setAttributes(attributesOf(said));
  if (error !== undefined) {
    const thrown = error instanceof Error ? error : String(error);
    span.recordException(thrown);
    span.setStatus({ code: ERROR, message: String(thrown) });
  }
  span.end();
}

function attributesOf(fields: Readonly<Record<string, string | Token | undefined>>): Attributes {
  const stated = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [[`tenure.${name}`, typeof value === 'bigint' ? formatToken(value) : value]];
  });
  return Object.fromEntries(stated);
}
