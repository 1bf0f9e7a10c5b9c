/**
 * The inputs and effects of a candidate: the whole traffic between the protocol and the world.
 *
 * The runtime performs effects in order, to completion, before it feeds the next input.
 */

import type { TermEffect, TermInput } from '../term/effects.ts';
import type { Token } from '../token.ts';
import type { Attributes, CandidateWrite, Consistency, Sighting, WriteOutcome } from './record.ts';

/** What is told to a candidate: by its caller, by the store, by the clock. */
export type CandidateInput =
  | TermInput
  /** The leader replaces its attributes: with its next renewal or with its release, which comes first. */
  | { readonly kind: 'proclaim'; readonly attributes: Attributes }
  | { readonly kind: 'sighted'; readonly read: number; readonly sighting: Sighting }
  | {
      readonly kind: 'answered';
      readonly nonce: string;
      readonly attempt: number;
      readonly outcome: WriteOutcome;
    };

/** What a candidate asks for. */
export type Effect =
  | TermEffect<Problem>
  /** With `history` the read also returns the newest history row's token, in no more time. */
  | {
      readonly kind: 'read';
      readonly read: number;
      readonly consistency: Consistency;
      readonly history: boolean;
    }
  | { readonly kind: 'write'; readonly write: CandidateWrite; readonly attempt: number };

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
