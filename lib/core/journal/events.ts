/**
 * What a journal is told: each event of an election, as its candidate saw it, and of a group, as its member did.
 *
 * Pure data. What is measured of an event is decided in `measurements.ts`.
 */
import type { Why } from '../term/leading.ts';
import type { EpochMs } from '../time/instant.ts';
import type { Token } from '../token.ts';

interface EventBase {
  readonly election: string;
  /**
   * The name of the table or queue that decides the election. Absent where the mechanism has none.
   */
  readonly store?: string | undefined;
  /** Of a group: the id of its member, new with each lease. */
  readonly candidateId: string;
  readonly atEpochMs: EpochMs;
  /** The group that this is about. Absent for an election that stands alone. */
  readonly group?: string | undefined;
  /** Of the group: each is an election of its own, and `election` is then `orders/17`. */
  readonly partition?: number | undefined;
}

/** One event of an election or of a group; `event` says which. */
export type JournalEvent = ElectionEvent | GroupEvent;

/** What a member of a group tells of itself; `election` is then the group's name. */
export type GroupEvent =
  /** Its lease has begun. */
  | (EventBase & { readonly event: 'joined' })
  | (EventBase & {
      readonly event: 'heartbeat';
      /** From the first attempt to the confirmation. */
      readonly latencyMs: number;
      /** What was left of the lease when the confirmation came: the margin that alarms watch. */
      readonly remainingMs: number;
      /**
       * Partitions that the plan gives to this member, and that have no leader as far as it knows.
       */
      readonly vacant: number;
      /** The newest plan that it knows; 0 before the first. */
      readonly version: number;
      /** Of that plan: the most partitions of one member over the mean. */
      readonly imbalance: number;
    })
  /** A plan became known: this member wrote it or read it. */
  | (EventBase & {
      readonly event: 'planned';
      readonly version: number;
      readonly own: boolean;
      /**
       * Milliseconds since the plan was written, by the wall clocks of writer and reader. Absent for the plan
       * that a joiner finds.
       */
      readonly delayMs?: number | undefined;
      /** Partitions that the plan gives to another member than the plan known before did. */
      readonly moves: number;
      readonly members: number;
      /** The most partitions of one member over the mean. */
      readonly imbalance: number;
    })
  /** This member found another one silent for a lease, and took it out. */
  | (EventBase & { readonly event: 'deposed'; readonly member: string })
  /** A partition's old leader holds it for longer than a lease, two renew intervals and a drain. */
  | (EventBase & {
      readonly event: 'overdue';
      readonly holder: string;
      readonly waitedMs: number;
    })
  /** Its lease has ended, and every term of it: it left, its lease lapsed, or another deposed it. */
  | (EventBase & { readonly event: 'gone'; readonly why: Why });

export type ElectionEvent =
  /** Waiting; `holder` and `token` are what the record shows. Sent when either changes. */
  | (EventBase & {
      readonly event: 'standby';
      readonly holder?: string | undefined;
      readonly token?: Token | undefined;
    })
  | (EventBase & {
      readonly event: 'elected';
      readonly token: Token;
      readonly latencyMs: number;
      /**
       * Milliseconds since the last sign of the old leader, as this candidate saw it: the role may
       * have been without a leader that long.
       */
      readonly leaderlessMs?: number | undefined;
      readonly previousHolder?: string | undefined;
      readonly remainingMs: number;
    })
  /** A take-over that another candidate won. */
  | (EventBase & {
      readonly event: 'outrun';
      readonly holder?: string | undefined;
      readonly token?: Token | undefined;
    })
  | (EventBase & {
      readonly event: 'renewed';
      readonly token: Token;
      /** From the first attempt to the confirmation. */
      readonly latencyMs: number;
      /** What was left of the lease when the confirmation came: the margin that alarms watch. */
      readonly remainingMs: number;
    })
  | (EventBase & { readonly event: 'draining'; readonly token: Token; readonly why: Why })
  | (EventBase & { readonly event: 'resigned'; readonly token: Token; readonly released: boolean })
  | (EventBase & { readonly event: 'lost'; readonly token: Token; readonly why: Why })
  /** Work was told to stop and has not; see `WorkStuckError`. */
  | (EventBase & { readonly event: 'stuck'; readonly token: Token; readonly waitedMs: number })
  | (EventBase & {
      readonly event: 'fence-rejected';
      readonly token: Token;
      readonly highestToken: Token;
      readonly resource: string;
    })
  | (EventBase & {
      readonly event: 'error';
      readonly token?: Token | undefined;
      readonly error: unknown;
    });
