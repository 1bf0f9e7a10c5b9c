/**
 * What a candidate remembers, and the shape of every transition. Pure data.
 */
import type { Attempts } from '../term/attempts.ts';
import type { Patience } from '../term/effects.ts';
import type { HoldOff } from '../term/hold-off.ts';
import type { Leading, Why } from '../term/leading.ts';
import { move, type Step } from '../term/machine.ts';
import type { Instant, Reading, Stamped } from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';
import type { Token } from '../token.ts';
import type { CandidateInput, Effect, Problem } from './effects.ts';
import type { Observation } from './observation.ts';
import type {
  Acquire,
  Attributes,
  Consistency,
  FirstAcquire,
  Release,
  Renew,
  Reservation,
} from './record.ts';

/** What does not change while the candidate lives. */
export interface Self {
  readonly candidateId: string;
  readonly timings: Timings;
  /** Whether `healthy()` gates each renewal. */
  readonly gated: boolean;
  readonly attributes?: Attributes | undefined;
}

/** All that a candidate knows. It is lost with its process, and nothing of it is needed for safety. */
export interface CandidateState extends HoldOff {
  readonly self: Self;
  readonly phase: Phase;
  /**
   * Kept from campaign to campaign, so that a candidate that asks once a minute goes on counting.
   */
  readonly seen?: Observation | undefined;
  /** The highest token learnt from anywhere; 0 for none. */
  readonly knownToken: Token;
  readonly readsAsked: number;
  /**
   * Whether the newest history row was read: once, with the first strong read that was answered.
   */
  readonly historyAsked: boolean;
  /** When this process ends, where its caller said so: no lease is written that outlasts it. */
  readonly endsAt?: Reading | undefined;
}

/** What a candidate does. Each phase has the file of its name; `idle` and `joining` only wait for an input. */
export type Phase =
  | { readonly kind: 'idle' }
  | Waiting
  | Acquiring
  | Holding
  /** Over without a release; work is being joined. */
  | { readonly kind: 'joining'; readonly token: Token; readonly why: Why }
  | Releasing;

/** What its caller asked of a campaign, and when. */
export interface Campaign {
  readonly patience: Patience;
  readonly since: Instant;
}

/** A standby: it reads, and writes only when it believes that the role is free. */
export interface Waiting extends Campaign {
  readonly kind: 'waiting';
  /** The read in flight, and what was known when it was sent. */
  readonly reading?:
    | {
        readonly read: number;
        readonly consistency: Consistency;
        readonly history: boolean;
        readonly knownToken: Token;
      }
    | undefined;
  /**
   * The read that must come next, at once or at `noReadBefore`. Nothing is decided before its
   * answer.
   */
  readonly wanted?: Consistency | undefined;
  readonly nextReadAt: Instant;
  /** The revision that `one-lease` waits out. */
  readonly awaited?: string | undefined;
  /** Set by a failed read, so that a store that comes back meets no storm. */
  readonly noReadBefore?: Instant | undefined;
  /** Reads in a row without an answer. */
  readonly failedReads?: number | undefined;
}

/** The one write that takes the role is unresolved. */
export interface Acquiring extends Campaign {
  readonly kind: 'acquiring';
  readonly write: FirstAcquire | Acquire;
  readonly attempts: Attempts;
  /** No caller waits for it any more: once resolved it is released. */
  readonly abandoned: boolean;
}

/** A leader: from elected until the term is over. */
export interface Holding {
  readonly kind: 'leading';
  readonly leading: Leading;
  readonly reservation?: Reservation | undefined;
  /** Set once this leader has said that it will stop: when its work is told. */
  readonly stopAt?: Reading | undefined;
  /** Whether the record says `draining` yet. */
  readonly announced: boolean;
  /** The renewal that `leading.renewal` attempts. */
  readonly renewing?: Renew | undefined;
  /**
   * Renewals that a later one overtook before they were answered. There are none while one is sent
   * at a time.
   */
  readonly overtaken?: readonly Attempts[] | undefined;
  /** Set where an operator asked: this candidate then lets others go first. */
  readonly requested: boolean;
  /** What replaces the candidate's attributes for the rest of this term. */
  readonly proclaimed?: Attributes | undefined;
}

/** The term is over and the record still names this candidate: the release is unresolved. */
export interface Releasing {
  readonly kind: 'releasing';
  readonly token: Token;
  readonly why: Why;
  readonly write: Release;
  readonly attempts: Attempts;
  readonly confirmedAt: Reading;
}

/** A transition of a lease candidate. */
export type LeaseStep = Step<CandidateState, Effect>;

/** An input with the time and the randomness that the transition may use. */
export type Input = CandidateInput & Stamped;

/** Begins to wait, with a first read that sees every write answered before it. */
export function waitingNow({ patience, since }: Campaign, { at }: Stamped): Waiting {
  return { kind: 'waiting', patience, since, wanted: 'strong', nextReadAt: at.monotonicMs };
}

/**
 * Whether a campaign that waits one lease out has waited longer than any lease that it knows of. A
 * renew interval is added for the reads. Without this limit a store that does not answer would keep
 * the campaign for good.
 */
export function hasWaitedEnough(
  { self: { timings }, seen }: CandidateState,
  { patience, since }: Campaign,
  now: Reading,
): boolean {
  if (patience !== 'one-lease') return false;
  const leaseMs = Math.max(timings.leaseDurationMs, seen?.record.leaseDurationMs ?? 0);
  const waitsMs = leaseMs + timings.rank * timings.staggerMs + timings.renewIntervalMs;
  return now.monotonicMs - since >= waitsMs;
}

/** The campaign cannot go on. */
export function refuse(state: CandidateState, problem: Problem): LeaseStep {
  return move(state, { kind: 'idle' }, { kind: 'refuse', problem });
}

/** Learns a token only if it is higher than the one known. */
export function learn(state: CandidateState, token: Token): CandidateState {
  return token > state.knownToken ? { ...state, knownToken: token } : state;
}
