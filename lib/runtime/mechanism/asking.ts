/**
 * One call to a store or queue, with the deadline of a write. It never rejects. A call that was not
 * answered in time, or that threw, may have been applied or not.
 */
import { type Unknown, unanswered } from '../../core/term/attempts.ts';
import type { Timings } from '../../core/time/timing.ts';
import type { Token } from '../../core/token.ts';
import type { Clock, Part } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';
import { spanned } from '../journal/spans.ts';

export interface How {
  readonly signal: AbortSignal;
}

export function asking({ clock, timings }: { clock: Clock; timings: Timings }) {
  return <T>(call: (how: How) => Promise<T>): Promise<T | Unknown> =>
    withDeadline<T | Unknown>(
      clock,
      timings.writeTimeoutMs,
      (signal) => call({ signal }),
      unanswered,
    );
}

/** A renewal, in a span of its own where there is a tracer. */
export function renewing<T extends { readonly kind: string }>(
  { inSpan }: Part,
  token: Token | undefined,
  call: (how: How) => Promise<T>,
): (how: How) => Promise<T> {
  const told = { name: 'renew', token, end: ({ kind }: T) => ({ outcome: kind }) } as const;
  return (how) => spanned(inSpan, told, () => call(how));
}
