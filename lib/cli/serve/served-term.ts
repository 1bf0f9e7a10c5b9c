/**
 * The term of a sidecar, as a program beside it may ask for it.
 *
 * Decides until when that program may act: until the lease is over, or, once the term is to end,
 * until the role is released. The program says when its work has stopped. If it says nothing, the
 * sidecar waits until the drain is over. Assumes that the program counts from before it asked.
 */
import { type Clock, formatToken, isTenureError, type Term } from '../../index.ts';

export interface TermAnswer {
  readonly election: string;
  readonly candidateId: string;
  readonly token: string;
  /** `draining`: finish what has begun, begin nothing, then ask to resign. */
  readonly state: 'leading' | 'draining';
  /** Whole milliseconds from when the question was asked, rounded down. */
  readonly remainingMs: number;
}

export interface ServedTerm {
  /** The work that the election is led with. Resolves when the role may be released. */
  readonly work: (term: Term) => Promise<void>;
  /** `undefined` while nothing may be done. */
  answer(): TermAnswer | undefined;
  /** That the program's work has stopped. `false` where there is no term. */
  release(): boolean;
}

type Now = Pick<Clock, 'now'>;

export function createServedTerm({ drainMs, clock }: { drainMs: number; clock: Now }): ServedTerm {
  let current: { readonly term: Term; readonly release: () => void } | undefined;
  let drainedAtMs: number | undefined;
  const nowMs = () => clock.now().monotonicMs;

  async function work(term: Term): Promise<void> {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    current = { term, release };
    let timer: NodeJS.Timeout | undefined;
    const drain = () => {
      const leftMs = isHandOver(term) ? drainMs : Math.min(drainMs, term.remainingMs());
      drainedAtMs = nowMs() + leftMs;
      timer = setTimeout(release, leftMs);
    };
    if (term.signal.aborted) drain();
    else term.signal.addEventListener('abort', drain, { once: true });
    try {
      await released;
    } finally {
      clearTimeout(timer);
      term.signal.removeEventListener('abort', drain);
      current = undefined;
      drainedAtMs = undefined;
    }
  }

  function answer(): TermAnswer | undefined {
    if (current === undefined) return undefined;
    const { term } = current;
    const drainLeftMs = drainedAtMs === undefined ? Infinity : drainedAtMs - nowMs();
    const remainingMs = Math.floor(Math.min(term.remainingMs(), drainLeftMs));
    if (remainingMs <= 0) return undefined;
    return {
      election: term.election,
      candidateId: term.candidateId,
      token: formatToken(term.token),
      state: term.signal.aborted ? 'draining' : 'leading',
      remainingMs,
    };
  }

  return {
    work,
    answer,
    release() {
      if (current === undefined) return false;
      current.release();
      // Set before the work has settled: from here on nothing may be done for this term.
      current = undefined;
      return true;
    },
  };
}

/** A lease that is handed over is renewed while the program drains. A lost one runs out. */
function isHandOver({ signal }: Term): boolean {
  const { reason } = signal;
  return isTenureError(reason, 'LEADERSHIP_LOST') && reason.why === 'resigned';
}
