/**
 * A term without an election: for tests of work that takes one.
 */
import type { Reading } from '../core/time/instant.ts';
import type { Token } from '../core/token.ts';
import { InvalidOptionsError, LeadershipLostError, type LossCause } from '../errors.ts';
import { sleep } from '../pause.ts';
import type { Clock, Journal, LeaseReference, Predecessor, Term } from '../ports.ts';
import { manualClock } from './manual-clock.ts';

/** What `fakeTerm` takes. */
export interface FakeTermOptions {
  /** Default `test`. */
  readonly election?: string | undefined;
  /** Default 1. */
  readonly token?: Token | undefined;
  /** Default `fake/1`. */
  readonly candidateId?: string | undefined;
  /** The milliseconds that a renewal gives; the term begins with them. Default 10,000 ms. */
  readonly leaseMs?: number | undefined;
  /**
   * The clock that `remainingMs()` and `sleep()` count by. Default: a manual clock that stands
   * still.
   */
  readonly clock?: Clock | undefined;
  /** Where a fence reports. Default: nowhere. */
  readonly journal?: Journal | undefined;
  /** For lease-checked writes. Default: none. */
  readonly lease?: LeaseReference | undefined;
  /** The leader before. Default: none. */
  readonly predecessor?: Predecessor | undefined;
}

/** A term that the test ends. */
export interface FakeTerm extends Term {
  /** The role is lost: `signal` aborts, and no time is left. A second call does nothing. */
  lose(why?: LossCause): void;
  /** How often work asked for a renewal that `ensure` had to make. */
  readonly renewals: number;
  /** What the work proclaimed last. */
  readonly proclaimed: Readonly<Record<string, string>> | undefined;
  /** The candidate that the work has handed the role to. */
  readonly handedTo: string | undefined;
  /** Whether the work has resigned it. */
  readonly resigned: boolean;
}

/** Makes a term that lasts until the test ends it, or until its clock has passed `leaseMs`. */
export function fakeTerm(options: FakeTermOptions = {}): FakeTerm {
  const { election = 'test', token = 1n, candidateId = 'fake/1', leaseMs = 10_000 } = options;
  const { clock = manualClock(), journal = { record() {} }, lease, predecessor } = options;
  const abort = new AbortController();
  let confirmedAt: Reading = clock.now();
  let [renewals, resigned] = [0, false];
  let handedTo: string | undefined;
  let proclaimed: FakeTerm['proclaimed'];
  const lost = (why: LossCause) => new LeadershipLostError({ election, token, why });
  const leftMs = () => leaseMs - (clock.now().monotonicMs - confirmedAt.monotonicMs);

  const term: FakeTerm = {
    ...{ election, candidateId, token, lease, predecessor, journal, signal: abort.signal },
    get renewals() {
      return renewals;
    },
    get proclaimed() {
      return proclaimed;
    },
    get handedTo() {
      return handedTo;
    },
    get resigned() {
      return resigned;
    },
    lose: (why = 'deposed') => abort.abort(lost(why)),
    remainingMs() {
      if (leftMs() <= 0) term.lose('lapsed');
      return abort.signal.aborted ? 0 : leftMs();
    },
    throwIfOver() {
      term.remainingMs();
      abort.signal.throwIfAborted();
    },
    sleep: (ms) => sleep(clock, ms, abort.signal),
    async ensure(ms) {
      if (ms > leaseMs) {
        throw new InvalidOptionsError([`leaseMs must be at least ${ms}, got ${leaseMs}; raise it`]);
      }
      term.throwIfOver();
      if (leftMs() >= ms) return;
      renewals += 1;
      confirmedAt = clock.now();
    },
    proclaim(attributes) {
      term.throwIfOver();
      proclaimed = attributes;
    },
    handOver(to) {
      handedTo ??= to.candidateId;
      abort.abort(lost('resigned'));
    },
    async resign() {
      resigned = true;
      abort.abort(lost('resigned'));
    },
    [Symbol.asyncDispose]: () => term.resign(),
  };
  return term;
}
