/**
 * Campaigns, renewals and work as spans of a trace, where there is a tracer.
 *
 * Decides what a span says of its end. A tracer that fails never keeps the call from being made.
 */
import type { InSpan, SpanEnd, SpannedCall, Term } from '../../ports.ts';
import { tellsOfAbort } from '../work/tells-of-abort.ts';
import { toldSafely } from './report.ts';

interface Told<T> extends SpannedCall {
  /** What an answer came to. */
  readonly end: (value: T) => SpanEnd;
  /** Whether a rejection only says that the call was told to stop. Left out: none does. */
  readonly isStop?: (error: unknown) => boolean;
}

/** Makes the call once, in a span where there is a tracer. Resolves or rejects as the call does. */
export function spanned<T>(
  inSpan: InSpan | undefined,
  { end, isStop, ...call }: Told<T>,
  run: () => Promise<T>,
): Promise<T> {
  if (inSpan === undefined) return run();
  let running: Promise<T> | undefined;
  const begin = () => {
    running ??= (async () => run())();
    return running;
  };
  const failed = (error: unknown) => (isStop?.(error) ? { outcome: 'stopped' } : { error });
  toldSafely('the tracer', () => inSpan(call, () => begin().then(end, failed)));
  return begin();
}

/** The work of one term. */
export function spannedWork<R>(
  inSpan: InSpan | undefined,
  { token, signal }: Pick<Term, 'token' | 'signal'>,
  work: () => R | PromiseLike<R>,
): Promise<R> {
  const isStop = (error: unknown) => signal.aborted && tellsOfAbort(error);
  const end = () => ({ outcome: 'returned' });
  return spanned(inSpan, { name: 'work', token, end, isStop }, async () => work());
}

/** A candidate's campaigns, and the work of its terms. */
export function tracing<How extends { readonly signal?: AbortSignal | undefined }, T extends Term>(
  inSpan: InSpan | undefined,
  campaign: (how: How) => Promise<T | undefined>,
) {
  const elected = (term: T | undefined) =>
    term ? { outcome: 'elected', token: term.token } : { outcome: 'not-elected' };
  return {
    campaign(how: How): Promise<T | undefined> {
      const isStop = () => how.signal?.aborted === true;
      return spanned(inSpan, { name: 'campaign', end: elected, isStop }, () => campaign(how));
    },
    traced: <R>(term: Term, work: () => R | PromiseLike<R>) => spannedWork(inSpan, term, work),
  };
}
