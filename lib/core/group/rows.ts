/**
 * The rows of a group as stored: the plan's head and body, the members, their loads, and one record for
 * each partition.
 *
 * Decides the shapes and the limits. What each write demands of a row is in `writes.ts`; when a write is
 * due is decided in `member/`; who should lead what, in `plan/`.
 */
import type { EpochMs } from '../time/instant.ts';
import type { Token } from '../token.ts';

/** Raised when a member of this version could misread what a later one wrote. Kept in the plan's head. */
export const GROUP_FORMAT_VERSION = 1;

/** An owner takes two bytes in the plan's body, and a body must fit into one DynamoDB item. */
export const PARTITIONS_MAX = 10_000;

/** The peak after a plan reads 7 units a member from one key, which gives 3,000 a second. */
export const MEMBERS_MAX = 500;

/** What `owners` says of a partition that nobody should lead. */
export const NOBODY = -1;

/** Small, read by every member once a renew interval: which plan is the newest. */
export interface PlanHead {
  readonly formatVersion: number;
  /** Rises by one with each plan; 0 for a group that was created and never planned. */
  readonly version: number;
  /** The nonce of the plan's body; absent while the version is 0. */
  readonly body?: string | undefined;
  readonly partitions: number;
  /** The planner's wall clock before it wrote the head: a hint of when every member knows the plan. */
  readonly writtenAtEpochMs: EpochMs;
  /** A courtesy: somebody writes the next plan. */
  readonly claim?: string | undefined;
  /** A hint: when somebody means to depose a member, and so when to look at the plan again. */
  readonly attentionAtEpochMs?: EpochMs | undefined;
}

/** Who should lead what. Immutable once written; says nothing about who does. */
export interface PlanBody {
  /** Planned for, in the order that `owners` counts in. */
  readonly members: readonly string[];
  /** Planned out while they still lead: members that leave. */
  readonly leavers: readonly string[];
  /** For each partition the index of its owner in `members`, or `NOBODY`. */
  readonly owners: readonly number[];
  readonly pins: readonly Pin[];
  readonly refusals: readonly Refusal[];
}

/** An operator wants this partition there; without a member: nowhere. */
export interface Pin {
  readonly partition: number;
  readonly memberId?: string | undefined;
  readonly untilEpochMs: EpochMs;
}

/**
 * This member will not lead this partition for now. It holds until the member takes it back by a plan of its
 * own, or is gone: an end by the wall clock would last for as long as two clocks are apart.
 */
export interface Refusal {
  readonly partition: number;
  readonly memberId: string;
}

/**
 * `spare`: waits for a member that leaves. `leaving`: leads until it has handed over. `gone`: final, and so
 * once read, it stays true; every term of the member was over before.
 */
export type MemberCondition = 'active' | 'spare' | 'leaving' | 'gone';

/** One process's unbroken lease in a group. */
export interface MemberRow {
  readonly memberId: string;
  /** A nonce, new with every write but a request: the compare-and-set key, and the sign of life. */
  readonly revision: string;
  readonly state: MemberCondition;
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
  readonly joinedAtEpochMs: EpochMs;
  /** The member's wall clock before it sent the heartbeat. */
  readonly renewedAtEpochMs: EpochMs;
  /** Its share among all members is its capacity over their sum. Above 0. */
  readonly capacity: number;
  /** How long after one first saw it gone its partitions stay closed; 0 where it had stopped before. */
  readonly closedMs: number;
  /** An operator's wish, left for the member to see with its next heartbeat. */
  readonly request?: 'leave' | undefined;
  /** The newest plan of which every term that it takes from this member is over. */
  readonly appliedPlan: number;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

/** What a member measured of the partitions that it leads. */
export interface LoadRow {
  readonly memberId: string;
  readonly weights: ReadonlyMap<number, number>;
}

/** One partition's record: the holder and the token, which nobody renews. */
export interface PartitionRecord {
  readonly partition: number;
  /** Of the newest term; 0 where there was none. */
  readonly token: Token;
  /** The `memberId` that holds it; absent when vacant. */
  readonly holder?: string | undefined;
  readonly revision: string;
  /** The holder's: how long an absent row of that member is waited for. */
  readonly leaseDurationMs: number;
  readonly writtenBy: 'seed' | 'acquire' | 'release' | 'operator';
}

/** The `election` of a partition's terms, as journals, fences and checkpoints name it. */
export function electionOf(group: string, partition: number): string {
  return `${group}/${partition}`;
}
