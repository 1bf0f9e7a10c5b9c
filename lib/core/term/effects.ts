/**
 * What the runtime tells the machines of lease and baton, and what they ask of it, in the same words.
 *
 * The calls that only one of them makes (a write, a send), and their answers, are in `lease/effects.ts`
 * and `baton/state.ts`.
 */
import type { Token } from '../token.ts';
import type { HoldOff } from './hold-off.ts';
import type { Leading, Leaving, Why } from './leading.ts';

/**
 * How long a campaign waits. `once`: it makes one attempt, then gives up. `one-lease`: it waits for
 * as long as the first record seen shows no sign of life, then gives up. `until-elected`: it waits.
 */
export type Patience = 'once' | 'one-lease' | 'until-elected';

/** What is told to a candidate of either mechanism. */
export type TermInput =
  | {
      readonly kind: 'campaign';
      readonly patience: Patience;
      /** This process ends in so long: no lease is written that outlasts it. A baton's cannot be cut. */
      readonly endsInMs?: number | undefined;
    }
  /** The caller no longer waits. A take-over under way is resolved, and the role is given back. */
  | { readonly kind: 'abandon' }
  /** Tell work to stop and hand the role over once it has settled. */
  | {
      readonly kind: 'resign';
      readonly why: Leaving;
      /**
       * The candidate that the role is for. A mechanism that cannot reserve it hands it to any
       * candidate.
       */
      readonly handOverTo?: string | undefined;
      /** Tells work to stop now, instead of announcing it first where the mechanism does. */
      readonly atOnce?: boolean | undefined;
    }
  /**
   * Work has settled: nothing acts for the term any more. This resigns where no resign came before.
   */
  | {
      readonly kind: 'settled';
      /** The work failed by itself, without having been told to stop. */
      readonly failed?: boolean | undefined;
    }
  | { readonly kind: 'health'; readonly healthy: boolean }
  /** Renew before it is due. */
  | { readonly kind: 'renew' }
  /** The role may have become vacant. */
  | { readonly kind: 'hint' }
  /**
   * This process may have been frozen with its monotonic clock, and its timers, standing still.
   * Without a bound on its wall clock nothing is recounted. What is due by then is done either way.
   */
  | { readonly kind: 'thawed'; readonly clockErrorMsMax?: number | undefined }
  /** The timer rang, or the term was asked for its remaining time. */
  | { readonly kind: 'tick' };

/** What the runtime reads of a candidate's state, whichever mechanism it is of. */
export interface TermState extends Pick<HoldOff, 'holdOffUntil'> {
  readonly phase: {
    readonly kind: string;
    /** Present in a phase that leads. */
    readonly leading?: Leading | undefined;
    /** No caller waits for what is under way, and a new campaign may take it over. */
    readonly abandoned?: boolean | undefined;
  };
}

/** How a campaign, or a term, goes on and ends. `Problem` is why a campaign cannot go on. */
export type TermEffect<Problem> =
  | { readonly kind: 'check-health' }
  /** A term begins. */
  | {
      readonly kind: 'elected';
      readonly leading: Leading;
      readonly leaderlessMs?: number | undefined;
      readonly previousHolder?: string | undefined;
      readonly previousToken?: Token | undefined;
      readonly previousAttributes?: Readonly<Record<string, string>> | undefined;
      readonly latencyMs: number;
    }
  /** One attempt was made and another candidate has the role, or the role is not free yet. */
  | { readonly kind: 'not-elected' }
  /** The campaign cannot go on. */
  | { readonly kind: 'refuse'; readonly problem: Problem }
  /** Work must stop: abort the term's signal. */
  | { readonly kind: 'stop'; readonly token: Token; readonly why: Why }
  /** Nothing may be done for the term any more. */
  | { readonly kind: 'over'; readonly token: Token; readonly why: Why }
  /** The candidate has nothing left to do for the term; a new campaign may begin. */
  | {
      readonly kind: 'ended';
      readonly token: Token;
      readonly why: Why;
      readonly released: boolean;
    }
  /** This candidate made the role vacant: wake a standby. */
  | { readonly kind: 'announce' }
  | { readonly kind: 'note'; readonly note: TermNote };

/** What a record shows of its holder, where there is a record to see. */
export interface SeenRole {
  readonly holder?: string | undefined;
  readonly token: Token;
}

/** What happened, for the journal. Decides nothing. */
export type TermNote =
  | { readonly kind: 'standby'; readonly record: SeenRole | undefined }
  /** Another candidate was faster. */
  | { readonly kind: 'outrun'; readonly record: SeenRole | undefined }
  | {
      readonly kind: 'renewed';
      readonly token: Token;
      readonly latencyMs: number;
      readonly remainingMs: number;
    }
  | { readonly kind: 'draining'; readonly token: Token; readonly why: Why }
  | { readonly kind: 'stuck'; readonly token: Token; readonly waitedMs: number }
  | { readonly kind: 'unconfirmed'; readonly cause: unknown }
  /** Somebody else asks the leader to hand over: an operator, or the queue's limit on a term. */
  | { readonly kind: 'requested'; readonly token: Token };
