/**
 * What a candidate for a baton remembers, its inputs and its effects. Pure data.
 *
 * The runtime performs effects in order, to completion, before it feeds the next input.
 */

import type { Attempts } from '../term/attempts.ts';
import type { Patience, TermEffect, TermInput } from '../term/effects.ts';
import type { HoldOff } from '../term/hold-off.ts';
import type { Leading, Why } from '../term/leading.ts';
import { type Machine, move, type Step } from '../term/machine.ts';
import type { Instant, Reading, Stamped } from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';
import type { Token } from '../token.ts';
import type {
  Baton,
  BatonLimits,
  CheckOutcome,
  CountOutcome,
  HoldOutcome,
  ReceiveOutcome,
  SendOutcome,
} from './queue.ts';

/** What does not change while the candidate lives. */
export interface BatonSelf {
  readonly candidateId: string;
  readonly election: string;
  /** `leaseDurationMs` is the visibility timeout. */
  readonly timings: Timings;
  readonly limits: BatonLimits;
  /** Whether `healthy()` gates each renewal. */
  readonly gated: boolean;
}

/** All that a candidate knows. It is lost with its process, and nothing of it is needed for safety. */
export interface BatonState extends HoldOff {
  readonly self: BatonSelf;
  readonly phase: BatonPhase;
  /** Whether the queue was found fit. Asked once. */
  readonly checked: boolean;
  /** The highest number of a successor that this candidate has sent; 0 for none. */
  readonly knownToken: Token;
  /** Since when every count showed an empty queue. */
  readonly emptySince?: Reading | undefined;
  readonly counting: boolean;
  readonly nextCountAt: Instant;
}

/** What a candidate does. Each phase has the file of its name; `idle` and `joining` only wait for an input. */
export type BatonPhase =
  | { readonly kind: 'idle' }
  | Waiting
  | Claiming
  | Carrying
  /** Over without a release; work is being joined. */
  | { readonly kind: 'joining'; readonly token: Token; readonly why: Why }
  | Releasing;

/** A standby: it polls, and writes nothing. */
export interface Waiting {
  readonly kind: 'waiting';
  readonly patience: Patience;
  /** When the campaign began: `one-lease` gives up a visibility timeout later. */
  readonly since: Instant;
  /** The logical receive: one attempt id through all of its attempts. */
  readonly receive?: Attempts | undefined;
  /** The receive before that one was not answered either: the queue is out of reach, not slow. */
  readonly unanswered?: boolean | undefined;
  /** A check of the queue is in flight. */
  readonly checking: boolean;
  /** Not before then, after something failed. */
  readonly notBefore: Instant;
  /** Whether the journal was told that this candidate waits. */
  readonly told: boolean;
  /** No caller waits any more. What the receive in flight may have taken is given back. */
  readonly abandoned: boolean;
}

/** Batons are held; the successor is being sent, then the older ones are being deleted. */
export interface Claiming {
  readonly kind: 'claiming';
  readonly patience: Patience;
  readonly batons: readonly Baton[];
  /** The instant before the first attempt of the receive: what `heldUntil` counts from. */
  readonly receivedAt: Reading;
  /** One deduplication id through all attempts of the send. */
  readonly send: Attempts;
  /** The successor's number, once it is confirmed: the token of the term that is about to begin. */
  readonly token?: Token | undefined;
  readonly abandoned: boolean;
}

/** A leader: from elected until the term is over. */
export interface Carrying {
  readonly kind: 'leading';
  readonly leading: Leading;
  /** The newest baton received: the one that is kept invisible. */
  readonly baton: Baton;
  /** Older ones whose deletion was not confirmed. */
  readonly older: readonly Baton[];
  readonly receivedAt: Reading;
}

/** The term is over and the batons are still invisible: their deletion is unresolved. */
export interface Releasing {
  readonly kind: 'releasing';
  readonly token: Token;
  readonly why: Why;
  readonly batons: readonly Baton[];
  readonly attempts: Attempts;
  readonly confirmedAt: Reading;
}

/** What is told to a candidate: by its caller, by the queue, by the clock. */
export type BatonInput =
  | TermInput
  | { readonly kind: 'checked'; readonly outcome: CheckOutcome }
  | (Answer & { readonly kind: 'received'; readonly outcome: ReceiveOutcome })
  | (Answer & { readonly kind: 'sent'; readonly outcome: SendOutcome })
  | (Answer & { readonly kind: 'extended'; readonly outcome: HoldOutcome })
  | (Answer & { readonly kind: 'deleted'; readonly outcome: HoldOutcome })
  | { readonly kind: 'counted'; readonly outcome: CountOutcome };

/** Which attempt of which logical call is made, or answered. */
export interface Answer {
  /** The nonce of the input that began the call. */
  readonly id: string;
  readonly attempt: number;
}

/** What a candidate asks for. */
export type BatonEffect =
  | TermEffect<BatonProblem>
  | { readonly kind: 'check-queue' }
  /** `id` is the attempt id. */
  | (Answer & { readonly kind: 'receive'; readonly waitMs: number })
  /** Ends the receive in flight at once; its answer is then `unknown`. */
  | { readonly kind: 'cut-receive' }
  /** `id` is the deduplication id. */
  | (Answer & { readonly kind: 'send' })
  | (Answer & { readonly kind: 'extend'; readonly baton: Baton })
  | (Answer & { readonly kind: 'delete'; readonly batons: readonly Baton[] })
  /**
   * Makes batons receivable at once. Best effort: otherwise they become so when their time runs
   * out.
   */
  | { readonly kind: 'give-back'; readonly batons: readonly Baton[] }
  | { readonly kind: 'count' }
  /** Sends a first baton into an emptied queue. Best effort: it is asked for again. */
  | { readonly kind: 'seed'; readonly deduplicationId: string };

/** Why a campaign cannot go on. */
export type BatonProblem =
  | { readonly kind: 'unfit-queue'; readonly problems: readonly string[] }
  | { readonly kind: 'foreign-message'; readonly election: string | undefined }
  /** The queue gave out a number that is not above one that is known. */
  | { readonly kind: 'number-not-rising'; readonly known: Token; readonly given: Token }
  | { readonly kind: 'queue'; readonly cause: unknown };

/** A transition of a candidate for a baton. */
export type BatonStep = Step<BatonState, BatonEffect>;

/** An input with the time and the randomness that the transition may use. */
export type StampedBatonInput = BatonInput & Stamped;

/** Begins to wait: the first receive is due at once. */
export function waitingNow(patience: Patience, now: Stamped): Waiting {
  return {
    kind: 'waiting',
    patience,
    since: now.at.monotonicMs,
    checking: false,
    notBefore: now.at.monotonicMs,
    told: false,
    abandoned: false,
  };
}

/** The campaign cannot go on. */
export function refuse(state: BatonState, problem: BatonProblem): BatonStep {
  return move(state, { kind: 'idle' }, { kind: 'refuse', problem });
}

/** Whether this answers the attempt in flight. */
export function isAnswerTo(attempts: Attempts, answer: Answer): boolean {
  return attempts.nonce === answer.id && attempts.attempt === answer.attempt;
}

/** The whole protocol of the baton, as a type. */
export type BatonMachine = Machine<BatonSelf, BatonState, BatonInput, BatonEffect>;
