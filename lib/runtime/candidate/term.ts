/**
 * A term as an object: the signal, the clocks, and the end.
 *
 * Decides nothing about when a term ends; the candidate's state machine does, and tells it here.
 */

import type { Attributes } from '../../core/lease/record.ts';
import type { Timings } from '../../core/time/timing.ts';
import type { Token } from '../../core/token.ts';
import { InvalidOptionsError, LeadershipLostError, type LossCause } from '../../errors.ts';
import { sleep } from '../../pause.ts';
import type { Clock, Journal, LeaseReference, Predecessor, Term } from '../../ports.ts';
import { attributeProblems } from '../text-problems.ts';
import { createEnsuring } from './ensuring.ts';

/** A term as the runtime sees it: it has calls that only the code around the work may make. */
export interface HeldTerm extends Term {
  /**
   * Hands the role over: announces it where that helps, tells work to stop, and keeps the role while work
   * drains. `atOnce` ends an announcement too. `resign()` follows once work has settled.
   */
  drain(how: Drain): void;
  /**
   * As `resign`, for work that failed by itself. A candidate whose work fails soon and often lets
   * others go first.
   */
  fail(): Promise<void>;
  /**
   * Resolves with the milliseconds waited, once work that was told to stop did not settle in time.
   */
  readonly stuck: Promise<number>;
  /** Set by a preference: the candidate that a hand-over is for where its caller names none. */
  successor?: (() => string | undefined) | undefined;
  /** Set by a bridge: how long the other lock is surely held. */
  bound?: (() => number) | undefined;
  /** Whether an operator asked this leader to hand over. */
  readonly requested: boolean;
}

export interface Drain {
  /** Nothing is announced: work is told to stop now. */
  readonly atOnce: boolean;
  /** The candidate that the role is for. */
  readonly handOverTo?: string | undefined;
  /** `deposed`: a lock without which this candidate may not lead is gone. Default: it resigned. */
  readonly why?: 'deposed' | undefined;
}

export interface TermFacts {
  readonly election: string;
  readonly candidateId: string;
  readonly token: Token;
  readonly lease?: LeaseReference | undefined;
  readonly predecessor?: Predecessor | undefined;
  /** Whether the role can be kept for one candidate once it is released. */
  readonly reserves: boolean;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly timings: Pick<Timings, 'drainMs'>;
  /** Told when work has not settled this long after the term was over. */
  readonly overdue: (waitedMs: number) => void;
}

/** What the term asks of its candidate. */
export interface TermDriver {
  /** Milliseconds until over, by the clocks read now. Once 0, always 0. */
  remainingMs(): number;
  drain(how: Drain): void;
  /** Renews before it is due; `renewed` says when. `false` where the lease is not renewed any more. */
  renew(): boolean;
  /** Replaces what the record says of the leader; absent where there is no record. */
  readonly proclaim?: ((attributes: Attributes) => void) | undefined;
  /** Work has settled; `failed` says whether by an error of its own. */
  settled(how: { failed: boolean }): void;
}

/** What the candidate tells the term. */
export interface TermControl {
  readonly term: HeldTerm;
  stop(why: LossCause): void;
  over(why: LossCause): void;
  ended(): void;
  stuck(waitedMs: number): void;
  requested(): void;
  renewed(): void;
}

export function createTerm(facts: TermFacts, driver: TermDriver): TermControl {
  const { clock, timings, overdue, reserves, ...about } = facts;
  const abort = new AbortController();
  const ended = Promise.withResolvers<void>();
  const stuck = Promise.withResolvers<number>();
  let why: LossCause | undefined;
  let isStuck = false;
  let hasSettled = false;
  let cancelJoinTimer = () => {};
  const lost = (cause: LossCause) => new LeadershipLostError({ ...about, why: cause });

  function settle(how: { failed: boolean }): Promise<void> {
    hasSettled = true;
    driver.settled(how);
    return ended.promise;
  }

  const ensuring = createEnsuring(driver, abort.signal);
  const term: HeldTerm & { requested: boolean } = {
    ...about,
    signal: abort.signal,
    stuck: stuck.promise,
    requested: false,
    remainingMs: () => Math.min(driver.remainingMs(), term.bound?.() ?? Number.POSITIVE_INFINITY),
    throwIfOver() {
      if (term.remainingMs() <= 0) throw lost(why ?? 'lapsed');
    },
    sleep: (ms) => sleep(clock, ms, abort.signal),
    ensure: ensuring.ensure,
    proclaim: (attributes) => proclaim(attributes, term, driver),
    handOver: ({ candidateId }) => driver.drain(handOverTo(candidateId, { ...about, reserves })),
    drain: (how) => driver.drain({ handOverTo: term.successor?.(), ...how }),
    resign: () => settle({ failed: false }),
    fail: () => settle({ failed: true }),
    [Symbol.asyncDispose]: () => term.resign(),
  };

  return {
    term,
    stop(cause) {
      why ??= cause;
      abort.abort(lost(cause));
      ensuring.renewed();
    },
    over(cause) {
      why ??= cause;
      // Work that has settled is not stuck, even if the release takes long.
      if (hasSettled) return;
      // `lead` waits this long for the work, and then reports it as stuck.
      cancelJoinTimer = clock.setTimer(timings.drainMs, () => {
        // Work that outlasted its drain was reported at that time.
        if (!isStuck) overdue(timings.drainMs);
        stuck.resolve(timings.drainMs);
      });
    },
    ended() {
      cancelJoinTimer();
      ended.resolve();
    },
    stuck(waitedMs) {
      isStuck = true;
      stuck.resolve(waitedMs);
    },
    requested() {
      term.requested = true;
    },
    renewed: ensuring.renewed,
  };
}

/** @throws InvalidOptionsError, or LeadershipLostError when the term is over. */
function proclaim(attributes: Attributes, term: Term, driver: TermDriver): void {
  const problems =
    driver.proclaim === undefined
      ? ['only a lease of its own says something of its leader, and a baton does not; leave it out']
      : attributeProblems(attributes, 'proclaim');
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  term.throwIfOver();
  driver.proclaim?.({ ...attributes });
}

/** @throws InvalidOptionsError */
function handOverTo(
  to: string,
  { candidateId, reserves }: Pick<TermFacts, 'candidateId' | 'reserves'>,
): Drain {
  const problems: string[] = [];
  if (typeof to !== 'string' || to === '' || to === candidateId) {
    const given = JSON.stringify(to);
    problems.push(
      `candidateId must be the id of another candidate, got ${given}; take one of "tenure candidates"`,
    );
  }
  if (!reserves) {
    problems.push(
      'only a lease of its own can be kept for one candidate: the next of a baton is picked by SQS, and the ' +
        'next of a partition by the plan of its group; resign instead',
    );
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  return { atOnce: false, handOverTo: to };
}
