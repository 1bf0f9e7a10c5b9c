/**
 * What the machines of lease and baton ask of the runtime in the same words.
 *
 * The effects that only one of them has (a write, a send) are in `lease/effects.ts` and `baton/state.ts`.
 */
import type { Token } from '../token.ts';
import type { Leading, Why } from './leading.ts';

/**
 * How long a campaign waits. `once`: one attempt, then give up. `one-lease`: wait out what the first read
 * shows, for as long as it shows no sign of life; then give up. `until-elected`: wait.
 */
export type Patience = 'once' | 'one-lease' | 'until-elected';

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
    };

/** What happened in a term, for the journal. Decides nothing. */
export type TermNote =
  | {
      readonly kind: 'renewed';
      readonly token: Token;
      readonly latencyMs: number;
      readonly remainingMs: number;
    }
  | { readonly kind: 'draining'; readonly token: Token; readonly why: Why }
  | { readonly kind: 'stuck'; readonly token: Token; readonly waitedMs: number }
  | { readonly kind: 'unconfirmed'; readonly cause: unknown }
  /** The leader is to hand over by another's wish: an operator's, or the queue's limit on a term. */
  | { readonly kind: 'requested'; readonly token: Token };
