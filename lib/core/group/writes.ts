/**
 * The writes and reads of a group, what the store answers, and what an answer means.
 *
 * Decides the shapes, and in `resolved` which refusal is a lost answer. What each write demands of
 * its row stands in two places, which the contract compares. One is a function,
 * `testing/memory-group.ts`. The other is the DynamoDB conditions in
 * `dynamodb/group/conditions.ts`, with what breaks without each clause.
 */
import type { EpochMs } from '../time/instant.ts';
import type { Token } from '../token.ts';
import type {
  LoadRow,
  MemberCondition,
  MemberRow,
  PartitionRecord,
  PlanBody,
  PlanHead,
} from './rows.ts';

/** `revision`, `claim` and `body` are nonces that stay the same through a write's retries. */
export type GroupWrite = HeadWrite | BodyWrite | MemberWrite | WriteLoad;

export type HeadWrite = CreateGroup | Claim | WritePlan | CallAttention;

/** The last write that creates a group: its records are seeded before. */
export interface CreateGroup {
  readonly kind: 'create-group';
  readonly partitions: number;
  readonly writtenAtEpochMs: EpochMs;
}

export interface Claim {
  readonly kind: 'claim';
  readonly seenVersion: number;
  /** A claim that was respected for long enough, or this member's own. */
  readonly staleClaim?: string | undefined;
  readonly claim: string;
}

/** Makes a body, written before, the newest plan. Removes claim and attention. */
export interface WritePlan {
  readonly kind: 'write-plan';
  readonly seenVersion: number;
  readonly body: string;
  /** Never lower than before. A higher number needs its records seeded first. */
  readonly partitions: number;
  readonly writtenAtEpochMs: EpochMs;
}

export interface CallAttention {
  readonly kind: 'call-attention';
  readonly seenVersion: number;
  readonly attentionAtEpochMs: EpochMs;
}

export type BodyWrite = WriteBody | ExpireBody;

export interface WriteBody {
  readonly kind: 'write-body';
  readonly body: string;
  readonly plan: PlanBody;
}

/** A newer plan is there, so the row of this one may expire a day from now. Best effort. */
export interface ExpireBody {
  readonly kind: 'expire-body';
  readonly body: string;
}

/** What a member states about itself with each heartbeat. */
export interface Membership {
  readonly memberId: string;
  readonly state: Exclude<MemberCondition, 'gone'>;
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
  readonly renewedAtEpochMs: EpochMs;
  readonly capacity: number;
  readonly appliedPlan: number;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export type MemberWrite = Join | Heartbeat | EndMember | AskToLeave;

export interface Join extends Membership {
  readonly kind: 'join';
  readonly revision: string;
  readonly joinedAtEpochMs: EpochMs;
}

export interface Heartbeat extends Membership {
  readonly kind: 'heartbeat';
  readonly confirmedRevision: string;
  readonly revision: string;
}

/**
 * Makes a member gone: by its own leave or burial, a deposer, an operator, or the platform. The
 * sender guarantees that every term of the member is over. Where it cannot know that, `closedMs` is
 * the wait.
 */
export interface EndMember {
  readonly kind: 'end-member';
  readonly memberId: string;
  readonly seenRevision: string;
  readonly revision: string;
  readonly closedMs: number;
}

/** An operator's wish. Leaves the revision alone: a wish is no sign of life. */
export interface AskToLeave {
  readonly kind: 'ask-to-leave';
  readonly memberId: string;
}

/** Best effort: the measured weights of the partitions that a member leads. */
export interface WriteLoad extends LoadRow {
  readonly kind: 'write-load';
}

/** The writes of partitions' records, which may go in batches. */
export type RecordWrite = SeedPartition | AcquirePartition | ReleasePartition | ReseedPartition;

export interface SeedPartition {
  readonly kind: 'seed';
  readonly partition: number;
  readonly revision: string;
}

export interface AcquirePartition {
  readonly kind: 'acquire';
  readonly partition: number;
  readonly seenRevision: string;
  readonly revision: string;
  readonly token: Token;
  readonly holder: string;
  readonly leaseDurationMs: number;
}

export interface ReleasePartition {
  readonly kind: 'release';
  readonly partition: number;
  readonly holder: string;
  readonly token: Token;
  readonly revision: string;
}

/**
 * Makes the record vacant, with a token at or above every fence. The operator's tool makes sure
 * that no live member leads the partition: no plan gives it to one, and every live member has
 * applied that plan.
 */
export interface ReseedPartition {
  readonly kind: 'reseed';
  readonly partition: number;
  /** Absent where there is no record. */
  readonly seenRevision?: string | undefined;
  readonly revision: string;
  readonly token: Token;
}

/** What the store answered. An expected outcome is a value, never an exception. */
export type Outcome<Row> =
  /** Applied, as this attempt's own answer says. `row` is the new state, where a heartbeat tells it. */
  | { readonly kind: 'granted'; readonly row?: Row | undefined }
  /** The condition failed; `row` is what was there instead, absent where nothing was. */
  | { readonly kind: 'refused'; readonly row?: Row | undefined }
  | Unknown;

/**
 * The write may have been applied, or not, or may yet be. `permanent`: asking again will not help.
 */
export interface Unknown {
  readonly kind: 'unknown';
  readonly cause: unknown;
  readonly permanent: boolean;
}

/**
 * The answer to a `GroupWrite`, with the row that the write is about. Loads and bodies return no
 * row.
 */
export type GroupOutcome = Outcome<PlanHead | MemberRow>;
export type RecordOutcome = Outcome<PartitionRecord>;

export type GroupRead =
  | { readonly kind: 'head'; readonly strong: boolean }
  | { readonly kind: 'body'; readonly body: string }
  | { readonly kind: 'member'; readonly memberId: string; readonly strong: boolean }
  /** Every member's row and load, gone ones included; strongly consistent. */
  | { readonly kind: 'roster' }
  /** At most 100 partitions, each once; strongly consistent. */
  | { readonly kind: 'records'; readonly partitions: readonly number[] };

export interface RosterRows {
  readonly members: readonly MemberRow[];
  readonly loads: readonly LoadRow[];
}

/** What a read found, of the kind that was asked for. */
export type GroupSighting =
  | { readonly kind: 'head'; readonly head?: PlanHead | undefined }
  /** `malformed`: the body is there and does not parse, which is as bad as none. */
  | { readonly kind: 'body'; readonly plan?: PlanBody | undefined; readonly malformed?: unknown }
  | { readonly kind: 'member'; readonly row?: MemberRow | undefined }
  | ({ readonly kind: 'roster' } & RosterRows)
  /** In the order asked for: a record, `undefined` where there is none, or `unknown` for that one alone. */
  | {
      readonly kind: 'records';
      readonly records: readonly (PartitionRecord | Unknown | undefined)[];
    }
  | Unknown;

/** Rows that a refusal may show, by their nonces. */
type Noted = Readonly<Partial<Record<'revision' | 'claim' | 'body', string>>>;

/**
 * A refusal that shows the write's own nonce was granted earlier, and only its answer was lost: two
 * logical writes never share a nonce. Every other outcome is returned as it came.
 */
export function resolved<Row extends object>(nonce: string, outcome: Outcome<Row>): Outcome<Row> {
  if (outcome.kind !== 'refused' || outcome.row === undefined) return outcome;
  const { revision, claim, body } = outcome.row as Noted;
  const own = revision === nonce || claim === nonce || body === nonce;
  return own ? { kind: 'granted', row: outcome.row } : outcome;
}
