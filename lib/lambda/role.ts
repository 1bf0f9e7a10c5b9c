/**
 * The role, for one invocation at a time: taken before the handler, given back or kept after it.
 *
 * Between invocations it keeps one thing, the held term: with `hold: 'sticky'`, or where an
 * invocation ended without saying so. An invocation takes the term out before it leads and puts it
 * back when it has ended. So two concurrent invocations never share a term: the second finds the
 * election busy, and does not lead.
 */
import { pessimisticElapsedMs } from '../core/time/instant.ts';
import { InvalidOptionsError, isTenureError } from '../errors.ts';
import type { Clock, Term } from '../ports.ts';
import type { LambdaElection } from './election.ts';
import { type InvocationTerm, invocationTerm } from './invocation-term.ts';
import type { LeaderOnlySettings } from './leader-only-options.ts';

/** An invocation that leads. `end` after its work has settled; calling it again does nothing. */
export interface LedInvocation {
  readonly term: Term;
  end(): Promise<void>;
  /** Its work may still run: nothing is released, and the lease ends by itself. */
  abandon(): void;
}

export interface Role {
  /** `undefined` where this invocation does not lead. */
  take(endsInMs: number | undefined): Promise<LedInvocation | undefined>;
}

/** Kept for the answer when the store does not answer a release: a few timer ticks. */
const ANSWER_MS = 50;

type RoleSettings = Pick<LeaderOnlySettings, 'election' | 'sticky' | 'waitLease' | 'reserveMs'>;

export function createRole(settings: RoleSettings): Role {
  const { election, sticky, reserveMs } = settings;
  const { clock } = election;
  let kept: Term | undefined;
  /** The invocation that leads, and its view of the term. */
  let current: { readonly held: Term; readonly view: InvocationTerm } | undefined;

  /**
   * The term of the invocation before, if it is still good. Both clocks are asked, after the thaw.
   */
  async function takeKept(): Promise<Term | undefined> {
    // That invocation was cut off, or never said that it ended. Past its deadline nothing of it may
    // act.
    if (current !== undefined && current.view.leftMs() === 0) {
      current.view.close();
      kept = current.held;
      current = undefined;
    }
    const term = kept;
    kept = undefined;
    if (term === undefined) return undefined;
    const good = !term.signal.aborted && term.remainingMs() > election.timings.lossGraceMs;
    if (sticky && good) return term;
    await term.resign();
    return undefined;
  }

  function led(held: Term, limits: Parameters<typeof invocationTerm>[2]): LedInvocation {
    const view = invocationTerm(held, clock, limits);
    const leading = { held, view };
    current = leading;
    let ended = false;
    return {
      term: view.term,
      async end() {
        if (ended) return;
        ended = true;
        const answerInMs = Math.min(reserveMs, Math.max(0, view.leftMs() - ANSWER_MS));
        view.close();
        if (current === leading) current = undefined;
        if (sticky && !held.signal.aborted) kept = held;
        // An answer that comes too late costs more than a lease that ends by itself.
        else await within(clock, answerInMs, held.resign());
      },
      abandon() {
        ended = true;
      },
    };
  }

  return {
    async take(endsInMs) {
      election.thawed({ clockErrorMsMax: election.timings.clockErrorMsMax });
      const startedAt = clock.now();
      const held = (await takeKept()) ?? (await campaign(settings, endsInMs));
      if (held === undefined) return undefined;
      const spentMs = pessimisticElapsedMs(startedAt, clock.now());
      const leftMs = endsInMs === undefined ? undefined : endsInMs - spentMs;
      return led(held, { endsInMs: leftMs, reserveMs });
    },
  };
}

async function campaign(
  settings: RoleSettings,
  endsInMs: number | undefined,
): Promise<Term | undefined> {
  const { election, sticky, waitLease, reserveMs } = settings;
  const { clock } = election;
  refuseShortInvocation(settings, endsInMs);
  const startedAt = clock.now();
  const leftMs = () =>
    endsInMs === undefined ? undefined : endsInMs - pessimisticElapsedMs(startedAt, clock.now());
  // A role that is kept outlives its invocation, so its lease must too.
  const attempt = (how: { signal?: AbortSignal; waitLease?: boolean }) =>
    election.tryCampaign({ ...how, endsInMs: sticky ? undefined : leftMs() });
  const waitMs = Math.min(waitMsOf(election), (endsInMs ?? Infinity) - reserveMs);
  const timeUp = new AbortController();
  const cancelTimer = waitLease ? clock.setTimer(waitMs, () => timeUp.abort()) : () => {};
  try {
    return await attempt({ signal: timeUp.signal, waitLease });
  } catch (error) {
    // Busy: another invocation in this environment campaigns or leads.
    if (isTenureError(error, 'BUSY')) return undefined;
    if (!timeUp.signal.aborted) throw error;
    // The wait was long enough for any lease. One last look tells a leader from a store without an
    // answer.
    return await attempt({});
  } finally {
    cancelTimer();
  }
}

/** Milliseconds for one lease, the first read of it, and then the write. */
function waitMsOf({ timings }: LambdaElection): number {
  const { leaseDurationMs, writeTimeoutMs, rank, staggerMs } = timings;
  return leaseDurationMs + rank * staggerMs + 2 * writeTimeoutMs;
}

/**
 * An invocation that is always too short to take the role, or to wait for it, would never lead and
 * never say so. What is left at its start is the function's timeout, so this fails from the first
 * one on.
 */
function refuseShortInvocation(
  { election, waitLease, reserveMs }: RoleSettings,
  endsInMs: number | undefined,
): void {
  if (endsInMs === undefined) return;
  const { marginMs, writeTimeoutMs, clockErrorMsMax } = election.timings;
  const leadMs = reserveMs + marginMs + writeTimeoutMs;
  if (endsInMs <= leadMs) {
    throw new InvalidOptionsError([
      `an invocation must have more than reserveMs + marginMs + writeTimeoutMs (${leadMs}) left to lead ` +
        `in, got ${endsInMs}; raise the function's timeout or lower leaseDurationMs`,
    ]);
  }
  const waitMs = waitMsOf(election) + reserveMs;
  if (!waitLease || clockErrorMsMax !== undefined || endsInMs > waitMs) return;
  throw new InvalidOptionsError([
    'an invocation must have more than leaseDurationMs + rank * staggerMs + 2 * writeTimeoutMs + ' +
      `reserveMs (${waitMs}) left to wait a lease out, got ${endsInMs}; raise the function's timeout, ` +
      'lower leaseDurationMs, or state timings.clockErrorMsMax',
  ]);
}

function within(clock: Clock, ms: number, settled: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(ms, resolve);
    settled.then(resolve, reject).finally(cancel);
  });
}
