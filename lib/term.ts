/**
 * What code that leads is given: a term, where it is recorded, and the journal of its election.
 */

import type { JournalEvent } from './core/journal/events.ts';
import type { Token } from './core/token.ts';

/**
 * A period of leading, from elected to over; the same for every mechanism.
 *
 * Two instants matter. `signal` aborts when work must *stop*: with `LeadershipLostError`, at
 * `leadUntil − lossGraceMs` at the latest, or when resigning begins. The term is *over*, and nothing
 * may be done for it, once `remainingMs()` is 0. Over is final.
 *
 * Not guaranteed: that code which never asks stops in time. A blocked event loop fires timers late and
 * a frozen process not at all, so check `throwIfOver()` before each side effect and fence each write.
 */
export interface Term extends AsyncDisposable {
  readonly election: string;
  readonly candidateId: string;
  /** Strictly increasing from term to term. What a fenced write carries. */
  readonly token: Token;
  /** Aborts when work must stop, with `LeadershipLostError` as the reason. */
  readonly signal: AbortSignal;
  /** Milliseconds until over by this process's clocks, read now; 0 when over. */
  remainingMs(): number;
  /** @throws LeadershipLostError when the term is over. */
  throwIfOver(): void;
  /**
   * Waits, and ends with the term: what a loop of work does between two rounds.
   * @throws the reason of `signal` once that aborts.
   */
  sleep(ms: number): Promise<void>;
  /**
   * Renews now unless at least so much of the lease is left: before a step that must not be cut short.
   * @throws the reason of `signal` once that aborts; UnreachableError where three renewals in a row left
   * less, because they came back too late or the lease is shorter, and at once where the lease ends with this
   * process (`endsInMs`).
   */
  ensure(ms: number): Promise<void>;
  /**
   * Replaces what the record says of this leader (`attributes` of the election), for the rest of this term.
   * No write of its own: it goes with the next renewal, or with the release if that comes first. What is
   * proclaimed last is what the next leader finds as `predecessor`, and what `tenure history` shows.
   * Texts of at most 300 bytes as JSON; `{}` takes back what was said.
   * @throws InvalidOptionsError for what is larger or no text, and for a baton, which has no record;
   * LeadershipLostError when the term is over.
   */
  proclaim(attributes: Readonly<Record<string, string>>): void;
  /**
   * The leader before, as the record showed it when this candidate took the role. Absent for a first term and
   * for a baton. For information: it is not fenced, and a checkpoint is.
   */
  readonly predecessor?: Predecessor | undefined;
  /**
   * Hands the role to one candidate: `signal` aborts once that candidate has read of it, within a renew
   * interval and 40 ms. When the work has settled and the role is released, it is that candidate's for a
   * renew interval and a write timeout, and then anyone's. `leadWhile` goes on as a standby. Does nothing
   * once the term is to end already.
   * @throws InvalidOptionsError for this candidate itself, and for a baton, which no candidate can be given.
   */
  handOver(to: { readonly candidateId: string }): void;
  /**
   * Ends the term: call it when the work has settled. Aborts `signal`, then releases the role, so that
   * another candidate may lead at once. Resolves when the release is answered, or when the lease has
   * lapsed without an answer. Calling it again, or after a loss, does nothing more.
   */
  resign(): Promise<void>;
  /** Where the role is recorded, for lease-checked writes; absent for a baton. */
  readonly lease?: LeaseReference | undefined;
  /** The election's journal, so that a fence can report what it refused. */
  readonly journal: Journal;
}

/** What the record said of the term before. */
export interface Predecessor {
  readonly token: Token;
  /** Absent where it had released the role, or was deposed. */
  readonly candidateId?: string | undefined;
  /** What it proclaimed last, or what it was elected with. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The record behind a term, as its store knows it: opaque to everything but that store's lease checks. */
export interface LeaseReference {
  /** Which kind of store can read the rest, such as `dynamodb`. */
  readonly store: string;
}

/** Where the runtime tells what happens. Must return quickly and must not throw. */
export interface Journal {
  /** Called for each event, in order. */
  record(event: JournalEvent): void;
  /**
   * Says what it has kept back. Asked for at the end of each Lambda invocation, since timers stand still
   * until the next one. Left out: nothing is kept back.
   */
  flush?(): void;
}
