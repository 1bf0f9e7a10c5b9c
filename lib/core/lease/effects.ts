/**
 * The inputs and effects of a candidate: the whole traffic between the protocol and the world.
 *
 * The runtime performs effects in order, to completion, before it feeds the next input.
 */

import type { Leading, Why } from '../term/leading.ts';
import type { Reading } from '../time/instant.ts';
import type { Token } from '../token.ts';
import type {
  Consistency,
  LeaseRecord,
  LeaseWrite,
  Reservation,
  Sighting,
  WriteOutcome,
} from './record.ts';

/** Every input brings the time, and fresh randomness that `step` may use. */
export interface Stamped {
  readonly at: Reading;
  /** Never repeats, in this process or another. */
  readonly freshNonce: string;
  /** Uniform in [0, 1). */
  readonly jitter: number;
}

/**
 * `once`: one attempt, then give up. `one-lease`: wait out what the first read shows, for as long as it
 * shows no sign of life; then give up. `until-elected`: wait.
 */
export type Patience = 'once' | 'one-lease' | 'until-elected';

export type CandidateInput =
  | {
      readonly kind: 'campaign';
      readonly patience: Patience;
      /** This process ends in so long: no lease is written that outlasts it. */
      readonly endsInMs?: number | undefined;
    }
  /** The caller no longer waits. An acquire that is under way is resolved and released. */
  | { readonly kind: 'abandon' }
  /** Tell work to stop and hand the role over once it has settled. */
  | {
      readonly kind: 'resign';
      readonly why: 'resigned' | 'unhealthy';
      readonly reservation?: Reservation | undefined;
    }
  /** Work has settled: nothing acts for the term any more. Resigns where nobody has. */
  | { readonly kind: 'settled' }
  | { readonly kind: 'sighted'; readonly read: number; readonly sighting: Sighting }
  | {
      readonly kind: 'answered';
      readonly nonce: string;
      readonly attempt: number;
      readonly outcome: WriteOutcome;
    }
  | { readonly kind: 'health'; readonly healthy: boolean }
  /** The role may have become vacant. */
  | { readonly kind: 'hint' }
  /**
   * This process may have been frozen with its monotonic clock, and its timers, standing still. Without
   * a bound on its wall clock nothing is recounted; what is due by then is done either way.
   */
  | { readonly kind: 'thawed'; readonly clockErrorMsMax?: number | undefined }
  /** The timer rang, or somebody asked the time. */
  | { readonly kind: 'tick' };

export type Effect =
  | { readonly kind: 'read'; readonly read: number; readonly consistency: Consistency }
  | { readonly kind: 'write'; readonly write: LeaseWrite; readonly attempt: number }
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
  /** One attempt was made and somebody else has the role, or it is not free yet. */
  | { readonly kind: 'not-elected' }
  /** The campaign cannot go on. */
  | { readonly kind: 'refuse'; readonly problem: Problem }
  /** Work must stop: abort the term's signal. */
  | { readonly kind: 'stop'; readonly token: Token; readonly why: Why }
  /** Nothing may be done for the term any more. */
  | { readonly kind: 'over'; readonly token: Token; readonly why: Why }
  /** The candidate has nothing left to do for the term; a new campaign may begin. */
  | { readonly kind: 'ended'; readonly token: Token; readonly why: Why; readonly released: boolean }
  /** The role was made vacant by us: wake a standby. */
  | { readonly kind: 'announce' }
  | { readonly kind: 'note'; readonly note: Note };

/** What happened, for the journal. Decides nothing. */
export type Note =
  | { readonly kind: 'standby'; readonly record: LeaseRecord | undefined }
  | { readonly kind: 'outrun'; readonly record: LeaseRecord | undefined }
  | {
      readonly kind: 'renewed';
      readonly token: Token;
      readonly latencyMs: number;
      readonly remainingMs: number;
    }
  | { readonly kind: 'draining'; readonly token: Token; readonly why: Why }
  | { readonly kind: 'stuck'; readonly token: Token; readonly waitedMs: number }
  | { readonly kind: 'unconfirmed'; readonly cause: unknown }
  /** An operator asked this leader to hand over. */
  | { readonly kind: 'requested'; readonly token: Token };

export type Problem =
  | {
      readonly kind: 'regression';
      readonly knownToken: Token;
      readonly recordToken: Token | undefined;
    }
  | { readonly kind: 'newer-format'; readonly formatVersion: number }
  | { readonly kind: 'exhausted'; readonly token: Token }
  | { readonly kind: 'store'; readonly cause: unknown };
