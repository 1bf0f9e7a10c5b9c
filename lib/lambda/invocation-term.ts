/**
 * A term as one invocation may use it: never past the invocation's deadline, never after its end.
 *
 * Work that an earlier invocation left running goes on when the environment thaws. The term that it
 * was given is over, although the environment may still hold the role for the next invocation.
 */
import { pessimisticElapsedMs } from '../core/time/instant.ts';
import { LeadershipLostError, type LossCause } from '../errors.ts';
import { sleep } from '../pause.ts';
import type { Clock, Term } from '../ports.ts';

export interface InvocationTerm {
  readonly term: Term;
  /** Nothing of this invocation may act any more. Ends only this view of the term. */
  close(): void;
  /** What is left of the invocation, by both clocks; 0 once closed. */
  leftMs(): number;
}

/** `endsInMs`: what is left of the invocation; `reserveMs`: how long before that work must stop. */
export function invocationTerm(
  held: Term,
  clock: Clock,
  limits: { readonly endsInMs: number | undefined; readonly reserveMs: number },
): InvocationTerm {
  const { election, token } = held;
  const { endsInMs = Infinity, reserveMs } = limits;
  const startedAt = clock.now();
  const stop = new AbortController();
  let closed = false;
  const lost = (why: LossCause) => new LeadershipLostError({ election, token, why });
  const invocationLeftMs = () =>
    closed ? 0 : endsInMs - pessimisticElapsedMs(startedAt, clock.now());
  const cancelTimer = Number.isFinite(endsInMs)
    ? clock.setTimer(endsInMs - reserveMs, () => stop.abort(lost('resigned')))
    : () => {};
  const close = () => {
    if (closed) return;
    closed = true;
    cancelTimer();
    stop.abort(lost('resigned'));
  };
  const term: Term = {
    election,
    candidateId: held.candidateId,
    token,
    lease: held.lease,
    journal: held.journal,
    predecessor: held.predecessor,
    signal: AbortSignal.any([held.signal, stop.signal]),
    remainingMs: () => Math.max(0, Math.min(held.remainingMs(), invocationLeftMs())),
    throwIfOver() {
      held.throwIfOver();
      if (invocationLeftMs() <= 0) throw lost('resigned');
    },
    sleep: (ms) => sleep(clock, ms, term.signal),
    async ensure(ms) {
      if (invocationLeftMs() < ms) throw lost('resigned');
      await held.ensure(ms);
    },
    proclaim(attributes) {
      term.throwIfOver();
      held.proclaim(attributes);
    },
    handOver: (to) => held.handOver(to),
    resign() {
      close();
      return held.resign();
    },
    [Symbol.asyncDispose]: () => term.resign(),
  };
  return { term, close, leftMs: () => Math.max(0, invocationLeftMs()) };
}
