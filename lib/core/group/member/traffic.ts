/**
 * The inputs and effects of a member: the whole traffic between the protocol and the world.
 *
 * The runtime performs effects in order, to completion, before it feeds the next input. Each
 * request is answered exactly once: by the store, or as `unknown` at its deadline. An answer that
 * the member no longer waits for changes nothing.
 */

import type { Why } from '../../term/leading.ts';
import type { Stamped } from '../../time/instant.ts';
import type { Token } from '../../token.ts';
import type {
  GroupOutcome,
  GroupRead,
  GroupSighting,
  GroupWrite,
  RecordOutcome,
  RecordWrite,
} from '../writes.ts';

export type MemberInput =
  /** Become a member, and lead what the plan says, until `leave`. */
  | { readonly kind: 'join' }
  /**
   * This process was told to stop: it hands every partition over and is gone. It never joins again.
   */
  | { readonly kind: 'leave' }
  /**
   * Tell the work of this term to stop, and let another member lead the partition. For ten leases
   * no plan gives it to this one. `unhealthy` also where the work threw.
   */
  | {
      readonly kind: 'resign';
      readonly partition: number;
      readonly token: Token;
      readonly why: 'resigned' | 'unhealthy';
    }
  /**
   * The term's work has settled: nothing acts for the term any more. This resigns where no resign
   * came before.
   */
  | { readonly kind: 'settled'; readonly partition: number; readonly token: Token }
  | { readonly kind: 'sighted'; readonly request: number; readonly sighting: GroupSighting }
  | { readonly kind: 'written'; readonly request: number; readonly outcome: GroupOutcome }
  /** One outcome for each write of the batch, in its order. */
  | {
      readonly kind: 'records-written';
      readonly request: number;
      readonly outcomes: readonly RecordOutcome[];
    }
  /**
   * The answer to `check-health`: of the whole process, and the partitions whose own answer was no.
   */
  | { readonly kind: 'health'; readonly healthy: boolean; readonly ailing: readonly number[] }
  /** The timer rang, a caller asked for the time, or the process was thawed. */
  | { readonly kind: 'tick' };

export type Input = MemberInput & Stamped;

export type MemberEffect =
  /** Deadline of reads and writes of heartbeats, head and members: `requestTimeoutMs(timings)`. */
  | { readonly kind: 'read'; readonly request: number; readonly read: GroupRead }
  | { readonly kind: 'write'; readonly request: number; readonly write: GroupWrite }
  /** At most 25, each of another partition. */
  | {
      readonly kind: 'write-records';
      readonly request: number;
      readonly writes: readonly RecordWrite[];
    }
  /** Ask `healthy()`, and `healthy(term)` for each of these. */
  | { readonly kind: 'check-health'; readonly partitions: readonly number[] }
  /** A term begins: start its work. */
  | {
      readonly kind: 'elected';
      readonly partition: number;
      readonly token: Token;
      readonly memberId: string;
      /** The holder before, where the record named one. */
      readonly previousHolder?: string | undefined;
      /** From first seeking the partition to the confirmed acquire. */
      readonly latencyMs: number;
      /**
       * Milliseconds since the last sign of the leader before: how long the partition may have had
       * no leader.
       */
      readonly leaderlessMs?: number | undefined;
    }
  /** Work must stop: abort the term's signal. */
  | { readonly kind: 'stop'; readonly partition: number; readonly token: Token; readonly why: Why }
  /** Nothing may be done for the term any more. */
  | { readonly kind: 'over'; readonly partition: number; readonly token: Token; readonly why: Why }
  /** Nothing is left to do for the term. Not sent before its work has settled. */
  | {
      readonly kind: 'ended';
      readonly partition: number;
      readonly token: Token;
      readonly why: Why;
      readonly released: boolean;
    }
  /**
   * The member that was told to leave is gone, or its lease has lapsed. This effect is the last.
   */
  | { readonly kind: 'left' }
  /** This process cannot be a member of the group; everything is over. This effect is the last. */
  | { readonly kind: 'refuse'; readonly problem: MemberProblem }
  | { readonly kind: 'note'; readonly note: MemberNote };

/** What happened, for the journal. Decides nothing. */
export type MemberNote =
  | { readonly kind: 'joined'; readonly memberId: string }
  /** This member's lease has ended: by its own clock, by a deposer, or because it left. */
  | { readonly kind: 'parted'; readonly memberId: string; readonly why: Why }
  | {
      readonly kind: 'heartbeat';
      readonly latencyMs: number;
      /** What was left of the lease when the confirmation came. */
      readonly remainingMs: number;
      /**
       * Partitions that the plan gives to this member, and that have no leader as far as it knows.
       */
      readonly vacant: number;
      /** The newest plan that it knows; 0 before the first. */
      readonly version: number;
      /** Of that plan: the most partitions of one member over the mean. */
      readonly imbalance: number;
    }
  /**
   * A plan became known: this member wrote or read it. The delay is counted by the wall clocks, and absent for
   * the plan that a joiner finds.
   */
  | {
      readonly kind: 'planned';
      readonly version: number;
      readonly own: boolean;
      readonly delayMs?: number | undefined;
      /** Partitions whose owner is another one than in the plan known before. */
      readonly moves: number;
      readonly members: number;
      /** The most partitions of one member over the mean. */
      readonly imbalance: number;
    }
  /** This member deposed another one. */
  | { readonly kind: 'deposed'; readonly memberId: string }
  | {
      readonly kind: 'draining';
      readonly partition: number;
      readonly token: Token;
      readonly why: Why;
    }
  | {
      readonly kind: 'stuck';
      readonly partition: number;
      readonly token: Token;
      readonly waitedMs: number;
    }
  /** The plan's body is missing or does not parse: the next plan starts from the last plan that could be read. */
  | { readonly kind: 'plan-unreadable'; readonly version: number; readonly cause: unknown }
  /** The partition has no record, or one with a token below what was seen: `tenure reseed` is the way out. */
  | {
      readonly kind: 'record-lost';
      readonly partition: number;
      readonly knownToken: Token;
      readonly recordToken: Token | undefined;
    }
  /** The member has waited for a partition longer than a lease, two renew intervals and a drain. */
  | {
      readonly kind: 'hand-over-overdue';
      readonly partition: number;
      readonly holder: string;
      readonly waitedMs: number;
    }
  | { readonly kind: 'unconfirmed'; readonly cause: unknown };

export type MemberProblem =
  /** There is no such group: no operator created it. */
  | { readonly kind: 'no-group' }
  | { readonly kind: 'newer-format'; readonly formatVersion: number }
  /** The group was created, or raised, with another number of partitions. */
  | { readonly kind: 'other-partitions'; readonly partitions: number }
  | { readonly kind: 'store'; readonly cause: unknown };
