/**
 * What a tracer is told of an election's calls, and what it answers.
 */
import type { Token } from './core/token.ts';

/** A call that a span shows. */
export interface SpannedCall {
  readonly name: 'campaign' | 'renew' | 'work';
  /** Present for a lease's renewal and for work. */
  readonly token?: Token | undefined;
}

/** What a tracer is told of a call that begins. */
export interface SpanStart extends SpannedCall {
  readonly election: string;
  readonly candidateId: string;
  /** The name of the table or queue. */
  readonly store?: string | undefined;
}

/** How a call ended. */
export interface SpanEnd {
  /** `elected`, `granted`, `returned`, `stopped` and the like; absent where the call failed. */
  readonly outcome?: string | undefined;
  /** Of the term that a campaign won. Absent for other calls. */
  readonly token?: Token | undefined;
  /** What the call threw. Absent where it answered. */
  readonly error?: unknown;
}

/**
 * Shows a call as a span of a trace. It calls `run` at once, within the span. It ends the span when
 * the promise of `run` resolves, as it always does. A tracer that fails becomes a warning of the
 * process, and the call is made all the same.
 */
export type Spans = (start: SpanStart, run: () => Promise<SpanEnd>) => unknown;

/** The same for the calls of one candidate. */
export type InSpan = (call: SpannedCall, run: () => Promise<SpanEnd>) => unknown;
