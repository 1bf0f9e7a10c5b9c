/**
 * What a member remembers. Pure data.
 */
import type { Attempts } from '../../term/attempts.ts';
import type { Why } from '../../term/leading.ts';
import type { Instant, Reading } from '../../time/instant.ts';
import type { Timings } from '../../time/timing.ts';
import type { Token } from '../../token.ts';
import type { LoadRow, MemberRow, PartitionRecord, PlanBody, PlanHead } from '../rows.ts';
import type {
  AcquirePartition,
  EndMember,
  Heartbeat,
  Join,
  Membership,
  RecordWrite,
  ReleasePartition,
} from '../writes.ts';

/** What does not change while the process lives. */
export interface Self {
  readonly timings: Timings;
  /** How long a new member waits for one that leaves before it asks for a share. Default 0 ms. */
  readonly spareMs: number;
  readonly capacity: number;
  /** The prefix of its members' ids. */
  readonly memberPrefix?: string | undefined;
  /**
   * The number of partitions that the process was configured with. A group with more was raised
   * meanwhile.
   */
  readonly partitions?: number | undefined;
  /** Whether `healthy()` gates heartbeats and terms. */
  readonly gated: boolean;
  readonly weights?: 'measured' | readonly number[] | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export interface MemberState {
  readonly self: Self;
  readonly membership: Phase;
  /** Every term that has begun and not ended, by its partition. */
  readonly terms: ReadonlyMap<number, PartitionTerm>;
  /** Every partition that the newest plan gives to this member and that it does not lead. */
  readonly sought: ReadonlyMap<number, Sought>;
  /** Whether something changed that `sought` is derived from. */
  readonly soughtStale: boolean;
  /**
   * Partitions that this member will not lead for a while, each with the instant at which that
   * ends.
   */
  readonly unwilling: ReadonlyMap<number, Instant>;
  /** The highest token learnt of a partition, from its records. */
  readonly tokens: ReadonlyMap<number, Token>;
  readonly plan: PlanView;
  readonly planning: Planning;
  /** Members' rows as observed. */
  readonly watches: ReadonlyMap<string, Watch>;
  /** This process's own memberships that have ended, and whose rows may not say so yet. */
  readonly graves: ReadonlyMap<string, Grave>;
  /** What each request that is under way was for. */
  readonly requests: ReadonlyMap<number, Purpose>;
  readonly requestsMade: number;
  /** Set by `leave`: this process never joins again. */
  readonly leaves: boolean;
  /** Memberships in a row that ended because the process was not healthy. */
  readonly ailments: number;
}

export type Phase =
  /** Not asked to join, or nothing left to do. */
  | { readonly kind: 'idle' }
  /** Joins once the group is known to be there and the instant has come. */
  | { readonly kind: 'outside'; readonly joinAt: Instant }
  | { readonly kind: 'joining'; readonly write: Join; readonly attempts: Attempts }
  | Inside
  /** Every term is over, and the row is to say that the member is gone. */
  | {
      readonly kind: 'parting';
      readonly write: EndMember;
      readonly attempts: Attempts;
      readonly confirmedAt: Reading;
      readonly rejoinMs: number;
    };

export interface Inside {
  readonly kind: 'inside';
  readonly memberId: string;
  /** The nonce of the last confirmed heartbeat, or of the join. */
  readonly revision: string;
  /** The instant before the first attempt of the last confirmed heartbeat, or of the join. */
  readonly confirmedAt: Reading;
  readonly joinedAt: Reading;
  readonly joinedAtEpochMs: number;
  readonly heartbeat?: { readonly write: Heartbeat; readonly attempts: Attempts } | undefined;
  readonly checkingHealth: boolean;
  /** Set once the member gives everything up. */
  readonly leaving?: Leaving | undefined;
  /** Less than the loss grace is left, and work was told to stop: no heartbeat extends the lease. */
  readonly lapsing: boolean;
  readonly appliedPlan: number;
  /** The state that the member's row shows, as far as is known. */
  readonly told: Membership['state'];
}

export interface Leaving {
  readonly why: 'resigned' | 'unhealthy';
  readonly since: Instant;
  /** Milliseconds from the end until this process joins again; infinite if it was told to stop. */
  readonly rejoinMs: number;
}

export interface PartitionTerm {
  readonly partition: number;
  readonly token: Token;
  readonly memberId: string;
  /** Set once work was told to stop. */
  readonly stopping?: { readonly why: Why; readonly since: Reading } | undefined;
  /** Whether the journal was told that the work is stuck. */
  readonly stuck: boolean;
  /** Set once nothing may be done for the term any more. */
  readonly over: boolean;
  readonly settled: boolean;
  readonly release?:
    | { readonly write: ReleasePartition; readonly attempts: Attempts }
    /** The release is answered; the name says whether this member's own release did it. */
    | 'released'
    | 'not-released'
    | undefined;
}

export interface Sought {
  readonly partition: number;
  readonly since: Reading;
  readonly nextReadAt: Instant;
  readonly reading: boolean;
  readonly record?: PartitionRecord | undefined;
  /** When a read last showed a holder that may be alive. */
  readonly heldAt?: Reading | undefined;
  readonly acquire?: { readonly write: AcquirePartition; readonly attempts: Attempts } | undefined;
  /**
   * The plan no longer gives this partition to this member. Once resolved, the acquire is released.
   */
  readonly abandoned: boolean;
  readonly overdueTold: boolean;
}

export interface PlanView {
  readonly head?: PlanHead | undefined;
  /** The newest plan whose body is known, its version, and when it became known. */
  readonly known?: KnownPlan | undefined;
  readonly nextHeadAt: Instant;
  readonly headAsked: boolean;
  readonly strongNext: boolean;
  readonly bodyAsked: boolean;
  /** When to look again because of an announced deposition; the earliest first. */
  readonly looks: readonly Instant[];
  readonly attentionSeen?: number | undefined;
  /** Another member's claim on the next plan, and since when this member respects it. */
  readonly claim?: { readonly nonce: string; readonly since: Instant } | undefined;
}

export interface KnownPlan {
  readonly version: number;
  readonly plan: PlanBody;
  /** False where the body of this version cannot be read, and `plan` is of an earlier one. */
  readonly readable: boolean;
  readonly mine: ReadonlySet<number>;
  /** The most partitions of one member over the mean. */
  readonly imbalance: number;
  /** The other members in ring order, beginning with the one after this member. */
  readonly ring: readonly string[];
  readonly learntAt: Instant;
  /** From this instant a leader gives up the partitions that the plan gives to another member. */
  readonly handOverAt: Instant;
  /** Milliseconds since the plan was written, by the wall clocks of planner and reader. */
  readonly ageMs: number;
}

export type Planning = {
  /** No plan of this member begins before this instant. */
  readonly notBefore: Instant;
  /** The version that an audit found wanting, and when it found that. */
  readonly auditNeed?: { readonly version: number; readonly at: Instant } | undefined;
  readonly nextAuditAt: Instant;
  readonly driftSince?: Instant | undefined;
  readonly ownClaim?: string | undefined;
  readonly draft?: { readonly body: string; readonly plan: PlanBody } | undefined;
  /** A request for the plan in the making is under way. */
  readonly busy: boolean;
};

export interface Watch {
  /** Absent where a strong read found no row. */
  readonly row?: MemberRow | undefined;
  /** The instant after the read that first showed this revision, or that there is no row. */
  readonly firstSeenAt: Reading;
  readonly lastSeenAt: Reading;
  readonly sightings: number;
  readonly nextReadAt: Instant;
  readonly asked: boolean;
  /** After a request without an answer: this row is not read before this instant. */
  readonly retryAt?: Instant | undefined;
  /** Requests in a row without an answer. */
  readonly failures?: number | undefined;
  readonly deposedByMe: boolean;
  /** The revision of this row for which this member has called attention. */
  readonly attentionFor?: string | undefined;
}

export interface Grave {
  readonly nextAt: Instant;
  readonly untilMs: Instant;
  readonly asked: boolean;
  readonly tries: number;
}

/** What a request that is under way was for. */
export type Purpose =
  | { readonly kind: 'join' | 'heartbeat' | 'part'; readonly nonce: string }
  | { readonly kind: 'head' }
  | { readonly kind: 'body'; readonly head: PlanHead }
  | { readonly kind: 'watch'; readonly memberId: string; readonly strong: boolean }
  | { readonly kind: 'depose'; readonly memberId: string; readonly row: MemberRow }
  | { readonly kind: 'bury-look'; readonly memberId: string }
  | { readonly kind: 'bury'; readonly memberId: string }
  | { readonly kind: 'audit' }
  | { readonly kind: 'plan-look' }
  | { readonly kind: 'plan-claim'; readonly nonce: string }
  | { readonly kind: 'plan-roster' }
  | { readonly kind: 'plan-body' }
  | { readonly kind: 'plan-head'; readonly nonce: string; readonly head: PlanHead }
  | { readonly kind: 'records'; readonly partitions: readonly number[] }
  | { readonly kind: 'batch'; readonly writes: readonly RecordWrite[] }
  | { readonly kind: 'courtesy' };

export interface Roster {
  readonly members: readonly MemberRow[];
  readonly loads: readonly LoadRow[];
}

export function initialMember(self: Self): MemberState {
  return {
    self,
    membership: { kind: 'idle' },
    terms: new Map(),
    sought: new Map(),
    soughtStale: false,
    unwilling: new Map(),
    tokens: new Map(),
    plan: { nextHeadAt: Infinity, headAsked: false, strongNext: true, bodyAsked: false, looks: [] },
    planning: { notBefore: 0, nextAuditAt: Infinity, busy: false },
    watches: new Map(),
    graves: new Map(),
    requests: new Map(),
    requestsMade: 0,
    leaves: false,
    ailments: 0,
  };
}
