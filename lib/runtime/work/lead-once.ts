/**
 * One term around one piece of work. The work is told to stop when it must, is always joined, and
 * the role is released last.
 */
import { isTenureError, LeadershipLostError, WorkStuckError } from '../../errors.ts';
import type { Term } from '../../ports.ts';
import type { Candidate } from '../candidate/candidate.ts';
import type { HeldTerm } from '../candidate/term.ts';
import type { Retrying } from './retrying.ts';

/**
 * What a leader does. It settles soon once `term.signal` aborts: it is joined before the role is
 * released.
 */
export type Work<T> = (term: Term) => T | PromiseLike<T>;

/** What `lead` and `campaign` take. */
export interface LeadOptions {
  /** Aborting it ends the campaign, or resigns the term and lets the work drain. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Aborting it tells the work to stop at once. The hand-over is not announced, or its
   * announcement ends. For a second SIGTERM, or for a process that has no time left. It ends the
   * present term; `signal` ends the campaign. Default: none.
   */
  readonly stopNow?: AbortSignal | undefined;
}

/** What `leadWhile` takes. */
export interface LeadWhileOptions extends LeadOptions {
  /**
   * `retrying(…)`: whether and when work that throws is begun again, with the role released
   * in between. Default: what the work throws ends `leadWhile`.
   */
  readonly retry?: Retrying | undefined;
}

/** How a term ended, once its work has settled. */
export type TermResult<T> =
  | { readonly kind: 'returned'; readonly value: T; readonly requested: boolean }
  | { readonly kind: 'threw'; readonly error: unknown; readonly requested: boolean }
  /** The role was lost; `cause` is what the work threw then, if it did. */
  | { readonly kind: 'lost'; readonly reason: LeadershipLostError; readonly cause?: unknown };

/**
 * Campaigns, works, joins and releases.
 * @throws the signal's reason when it aborts the campaign; WorkStuckError when work does not settle.
 */
export async function leadOneTerm<T>(
  candidate: Candidate,
  work: Work<T>,
  { signal, stopNow }: LeadOptions,
): Promise<TermResult<T>> {
  const term = await candidate.campaign({ patience: 'until-elected', signal });
  if (term === undefined) throw new Error('a campaign that waits ended without a term');
  const unlisten = [
    onAbort(signal, () => term.drain({ atOnce: false })),
    onAbort(stopNow, () => term.drain({ atOnce: true })),
  ];
  try {
    return await joinWork(term, () => candidate.traced(term, () => work(term)));
  } finally {
    for (const end of unlisten) end();
  }
}

/** Calls back when the signal aborts, or now where it has. Returns what stops listening. */
function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal?.aborted) callback();
  signal?.addEventListener('abort', callback, { once: true });
  return () => signal?.removeEventListener('abort', callback);
}

async function joinWork<T>(term: HeldTerm, work: () => Promise<T>): Promise<TermResult<T>> {
  const settled = work().then(
    (value) => ({ kind: 'returned', value }) as const,
    (error: unknown) => ({ kind: 'threw', error }) as const,
  );
  const stuck = term.stuck.then((waitedMs) => ({ kind: 'stuck', waitedMs }) as const);
  const first = await Promise.race([settled, stuck]);
  if (first.kind === 'stuck') {
    // If the work settles after all, nothing acts for the term any more and the term can end.
    void settled.then(() => term.resign());
    const { election, token } = term;
    throw new WorkStuckError({ election, token, waitedMs: first.waitedMs });
  }
  const thrown = first.kind === 'threw' ? first.error : undefined;
  const lost = lossOf(term, thrown);
  const failed = first.kind === 'threw' && !term.signal.aborted;
  await (failed ? term.fail() : term.resign());
  if (lost) return { kind: 'lost', reason: lost, cause: thrown };
  return { ...first, requested: term.requested };
}

/** Read before resigning, since resigning aborts the signal too. */
function lossOf(term: HeldTerm, thrown: unknown): LeadershipLostError | undefined {
  // A fence that refused work may know of the loss before the next renewal does.
  if (term.remainingMs() <= 0 || term.signal.aborted) {
    const { reason } = term.signal;
    if (isTenureError(reason, 'LEADERSHIP_LOST') && reason.why !== 'resigned') return reason;
  }
  if (isTenureError(thrown, 'LEADERSHIP_LOST') && thrown.why !== 'resigned') return thrown;
  // A fence may learn of a deposition before the next renewal does.
  const { election, token } = term;
  if (!isTenureError(thrown, 'STALE_TOKEN') || thrown.token !== token) return undefined;
  return new LeadershipLostError({ election, token, why: 'deposed', cause: thrown });
}

/** One term: the work's result, or `LeadershipLostError` with what the work threw as its cause. */
export async function leadOnce<T>(
  candidate: Candidate,
  work: Work<T>,
  options: LeadOptions,
): Promise<T> {
  const result = await leadOneTerm(candidate, work, options);
  switch (result.kind) {
    case 'returned':
      return result.value;
    case 'threw':
      throw result.error;
    case 'lost':
      if (result.cause && result.cause !== result.reason) result.reason.cause ??= result.cause;
      throw result.reason;
  }
}
