/**
 * The record: an election's row as stored, and the writes that change it.
 *
 * Decides the shape only. What each write demands of the stored record is a condition expression in
 * `dynamodb/election/conditions.ts`; when a write is due is decided in `machine.ts`.
 */
import type { Unknown } from '../term/attempts.ts';
import type { EpochMs } from '../time/instant.ts';
import type { Token } from '../token.ts';

/** Raised when a candidate of this version could misread a record that a later one wrote. */
export const FORMAT_VERSION = 1;

/** What clients need to reach the leader: small, flat, public to every reader of the table. */
export type Attributes = Readonly<Record<string, string>>;

/** An operator's wish, left in the record for the holder to see with its next renewal. */
export type OperatorRequest = 'resign';

/** The record as every store keeps it: who holds the role, by which token, and until when. */
export interface LeaseRecord {
  /** Of the format: a candidate leaves a record of a later one alone. */
  readonly formatVersion: number;
  /** Of the newest term; it only rises. */
  readonly token: Token;
  /** The `candidateId` that holds the record; absent when vacant. A fact about the store. */
  readonly holder?: string | undefined;
  /** A random nonce, new with every write that changes the role: the compare-and-set key. */
  readonly revision: string;
  /** What its holder counts by: no observer waits for less. */
  readonly leaseDurationMs: number;
  /** How often its holder renews: standbys read at that pace. */
  readonly renewIntervalMs: number;
  /** The holder's wall clock before it sent the write. */
  readonly renewedAtEpochMs: EpochMs;
  /** `draining`: its leader resigns, and work is ending. */
  readonly state: 'leading' | 'draining';
  /** Which write changed the record last. */
  readonly writtenBy: 'acquire' | 'renew' | 'release' | 'operator';
  /**
   * Milliseconds for which the vacancy is closed to all but `reservedFor`, from each observer's
   * first sight of it.
   */
  readonly reservedMs?: number | undefined;
  /**
   * The candidate that may acquire before that; the empty text for none. Absent where open to
   * all.
   */
  readonly reservedFor?: string | undefined;
  /** Absent where no operator asks for anything. */
  readonly request?: OperatorRequest | undefined;
  /** For whom the operator wants the role. */
  readonly requestedFor?: string | undefined;
  /** What the leader says of itself, or said last. Absent where it said nothing. */
  readonly attributes?: Attributes | undefined;
}

/** What a holder states about itself with each acquire and renewal. */
export interface Tenancy {
  readonly holder: string;
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
  readonly renewedAtEpochMs: EpochMs;
  readonly attributes?: Attributes | undefined;
}

/** A vacancy that is not yet open to every candidate. */
export interface Reservation {
  /** Milliseconds from each observer’s first sight of the vacancy. */
  readonly reservedMs: number;
  /** The candidate that may acquire before that. Absent: none may. */
  readonly reservedFor?: string | undefined;
}

/** `revision` is the nonce that the write sets; it stays the same through the write's retries. */
export type LeaseWrite = CandidateWrite | OperatorWrite;

/** What a candidate writes, and no operator. */
export type CandidateWrite = FirstAcquire | Acquire | Renew | Release;

/** Makes the record of an election that was never held. Demands that there is none. */
export interface FirstAcquire extends Tenancy {
  readonly kind: 'first-acquire';
  readonly revision: string;
  readonly token: Token;
}

/** Begins a term. Demands the revision that was seen, so that of two candidates one is refused. */
export interface Acquire extends Tenancy {
  readonly kind: 'acquire';
  readonly seenRevision: string;
  readonly revision: string;
  readonly token: Token;
}

/** Extends a term. Demands holder, token and the revision of the last confirmed write. */
export interface Renew extends Tenancy {
  readonly kind: 'renew';
  readonly confirmedRevision: string;
  readonly revision: string;
  readonly token: Token;
  readonly state: 'leading' | 'draining';
}

/** Ends a term by its own holder. Demands holder and token: a late one must not free a later term. */
export interface Release {
  readonly kind: 'release';
  readonly holder: string;
  readonly token: Token;
  readonly revision: string;
  readonly reservation?: Reservation | undefined;
  /** What the holder has proclaimed: its last word. Left out: what it last stated stays. */
  readonly attributes?: Attributes | undefined;
}

/** What an operator, or the platform, may do to a record. No candidate writes any of these. */
export type OperatorWrite = RequestResign | Depose | Reseed | EndStopped;

/**
 * Asks the holder to hand over, to one candidate where it names one. It leaves the revision alone:
 * a new one would make each observer start to count again.
 */
export interface RequestResign {
  readonly kind: 'request-resign';
  readonly seenHolder: string;
  readonly seenToken: Token;
  readonly revision: string;
  readonly requestedFor?: string | undefined;
}

/** Ends a term against its holder. Demands the revision that the operator decided on. */
export interface Depose {
  readonly kind: 'depose';
  readonly seenRevision: string;
  readonly revision: string;
  readonly reservation?: Reservation | undefined;
}

/** Puts a record in place of one that was lost or restored. Its token counts on from the highest known. */
export interface Reseed {
  readonly kind: 'reseed';
  /** Absent where there is no record. */
  readonly seenRevision?: string | undefined;
  readonly revision: string;
  readonly token: Token;
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
}

/** The platform says that the holder's task is dead: as release, on its behalf. */
export interface EndStopped {
  readonly kind: 'end-stopped';
  readonly seenHolder: string;
  readonly seenRevision: string;
  readonly revision: string;
}

/** What the store answered. An expected outcome is a value, never an exception. */
export type WriteOutcome =
  /** Applied, as this attempt's own answer says. `record` is the new state where the store tells it. */
  | { readonly kind: 'granted'; readonly record?: LeaseRecord | undefined }
  /** The condition failed; `record` is what was there instead, absent where nothing was. */
  | { readonly kind: 'refused'; readonly record?: LeaseRecord | undefined }
  | Unknown;

/** What a read found. */
export type Sighting =
  /** `lastToken` is that of the newest history row, from a strongly consistent query, where it was asked for. */
  | {
      readonly kind: 'present';
      readonly record: LeaseRecord;
      readonly lastToken?: Token | undefined;
    }
  /** A strong read that finds no record asks for the newest history row in any case. */
  | { readonly kind: 'absent'; readonly lastToken?: Token | undefined }
  | Unknown;

/** `eventual` costs half and may be stale; `strong` sees every write that was answered before it. */
export type Consistency = 'eventual' | 'strong';

/**
 * How a read looks. With `history` a strong read also returns the newest history row's token, in no
 * more time. A restored record may carry an older token than that row.
 */
export interface Look {
  readonly consistency: Consistency;
  readonly history?: boolean | undefined;
}
