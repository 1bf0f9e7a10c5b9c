/**
 * The inputs and effects of a candidate: the whole traffic between the protocol and the world.
 *
 * The runtime performs effects in order, to completion, before it feeds the next input.
 */

import type { Patience, TermEffect, TermNote } from '../term/effects.ts';
import type { Token } from '../token.ts';
import type {
  Consistency,
  LeaseRecord,
  LeaseWrite,
  Reservation,
  Sighting,
  WriteOutcome,
} from './record.ts';

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
  | TermEffect<Problem>
  | { readonly kind: 'read'; readonly read: number; readonly consistency: Consistency }
  | { readonly kind: 'write'; readonly write: LeaseWrite; readonly attempt: number }
  /** The role was made vacant by this candidate: wake a standby. */
  | { readonly kind: 'announce' }
  | { readonly kind: 'note'; readonly note: Note };

/** What happened, for the journal. Decides nothing. */
export type Note =
  | TermNote
  | { readonly kind: 'standby'; readonly record: LeaseRecord | undefined }
  | { readonly kind: 'outrun'; readonly record: LeaseRecord | undefined };

/** Why a campaign cannot go on. */
export type Problem =
  | {
      readonly kind: 'regression';
      readonly knownToken: Token;
      readonly recordToken: Token | undefined;
    }
  | { readonly kind: 'newer-format'; readonly formatVersion: number }
  | { readonly kind: 'exhausted'; readonly token: Token }
  | { readonly kind: 'store'; readonly cause: unknown };
