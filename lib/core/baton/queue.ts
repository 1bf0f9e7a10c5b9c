/**
 * Batons as the protocol sees them, and what a queue answers. Pure data.
 *
 * What each answer of SQS means is decided in `lib/sqs/sqs-answers.ts`; what follows from it, in
 * `machine.ts`.
 */
import type { Unknown } from '../term/attempts.ts';
import type { Token } from '../token.ts';

/** A message that was received: the candidate that keeps it invisible may lead. */
export interface Baton {
  /** Names this receive of the message; worthless once its visibility has run out. */
  readonly handle: string;
  /** The message's own number. Never the token of a term: a redelivered message keeps it. */
  readonly sequenceNumber: Token;
  /** The election that the message says it belongs to; absent where it is not one of ours. */
  readonly election?: string | undefined;
}

/** What a queue asks for beside the timings. */
export interface BatonLimits {
  /** How long one receive waits for a message. */
  readonly pollWaitMs: number;
  /** A term ends by graceful hand-over after so long. */
  readonly termMsMax: number;
  /** The queue counts as emptied once it has shown no message for so long. */
  readonly emptyForMs: number;
}

/** What a receive came to. `granted` with no baton is an answer: the queue had none to give. */
export type ReceiveOutcome =
  | { readonly kind: 'granted'; readonly batons: readonly Baton[] }
  /** SQS takes this attempt id no more. Nothing is held by it. */
  | { readonly kind: 'refused'; readonly cause: unknown }
  | Unknown;

/** What a send came to. Granted tells the number that the queue gave the message. */
export type SendOutcome =
  /** The message is in the queue; `token` is its sequence number. */
  { readonly kind: 'granted'; readonly token: Token } | Unknown;

/** What became of an extension or a deletion. */
export type HoldOutcome =
  | { readonly kind: 'granted' }
  /** The queue says that this handle holds nothing any more. */
  | { readonly kind: 'refused'; readonly cause: unknown }
  | Unknown;

/** How many messages the queue says that it has, seen and unseen together. An estimate of SQS. */
export type CountOutcome =
  /** All messages: available, in flight and delayed. Approximate. */
  { readonly kind: 'granted'; readonly messages: number } | Unknown;

/** What the check of the queue came to. */
export type CheckOutcome =
  /** What is wrong with the queue, each as a sentence; empty where nothing is. */
  { readonly kind: 'granted'; readonly problems: readonly string[] } | Unknown;
