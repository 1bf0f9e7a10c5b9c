/**
 * The rows of a group as stored: the plan's head and body, the members, their loads, and one record for
 * each partition.
 *
 * Decides the shapes and the limits. `writes.ts` says what each write demands of a row. `member/`
 * decides when a write is due, and `plan/` who should lead what.
 */
import type { EpochMs } from '../time/instant.ts';
import type { Token } from '../token.ts';

/**
 * Raised when a member of this version could misread what a later one wrote. Kept in the plan's
 * head.
 */
export const GROUP_FORMAT_VERSION = 1;

/**
 * The peak after a plan is 7 read units a member from one key. A DynamoDB key gives 3,000 a second.
 */
export const MEMBERS_MAX = 500;

/** The entry of `owners` for a partition that no member should lead. */
export const NOBODY = -1;

/** Which plan is the newest: a small row that every member reads once a renew interval. */
export interface PlanHead {
  readonly formatVersion: number;
  /** Rises by one with each plan; 0 for a group that was created and never planned. */
  readonly version: number;
  /** The nonce of the plan's body; absent while the version is 0. */
  readonly body?: string | undefined;
  readonly partitions: number;
  /** The planner's wall clock before it wrote the head: a hint of when every member knows the plan. */
  readonly writtenAtEpochMs: EpochMs;
  /** A courtesy: the nonce of the member that writes the next plan. */
  readonly claim?: string | undefined;
  /** A hint: when a member means to depose another, and so when to read the plan again. */
  readonly attentionAtEpochMs?: EpochMs | undefined;
}

/** Who should lead what. Immutable once written. It does not say who leads now. */
export interface PlanBody {
  /** The members that the plan counts on, in the order that `owners` refers to. */
  readonly members: readonly string[];
  /** Members that leave and still lead: the plan gives them nothing. */
  readonly leavers: readonly string[];
  /** For each partition the index of its owner in `members`, or `NOBODY`. */
  readonly owners: readonly number[];
  readonly pins: readonly Pin[];
  readonly refusals: readonly Refusal[];
}

/** An operator pins this partition to a member; without a member, to none. */
export interface Pin {
  readonly partition: number;
  readonly memberId?: string | undefined;
  readonly untilEpochMs: EpochMs;
}

/**
 * This member will not lead this partition for now. The refusal holds until the member withdraws it
 * by a plan of its own, or is gone. An end by the wall clock would be wrong by the difference of
 * two clocks.
 */
export interface Refusal {
  readonly partition: number;
  readonly memberId: string;
}

/**
 * `spare`: waits for a member that leaves. `leaving`: leads until it has handed over. `gone`:
 * final; every term of the member was over before. Once a reader has seen `gone`, it stays true.
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
  /**
   * How long its partitions stay closed, from a reader's first sight of it as gone; 0 where it had
   * stopped before.
   */
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

/** One partition's record: the holder and the token. No member renews it. */
export interface PartitionRecord {
  readonly partition: number;
  /** The token of the newest term; 0 where there was none. */
  readonly token: Token;
  /** The `memberId` that holds it; absent when vacant. */
  readonly holder?: string | undefined;
  readonly revision: string;
  /** The holder's lease: how long others wait for that member if its row is absent. */
  readonly leaseDurationMs: number;
  readonly writtenBy: 'seed' | 'acquire' | 'release' | 'operator';
}

/** The `election` of a partition's terms, as journals, fences and checkpoints name it. */
export function electionOf(group: string, partition: number): string {
  return `${group}/${partition}`;
}
