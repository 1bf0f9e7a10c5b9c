/**
 * What a journal is told: each event of an election, as its candidate saw it.
 *
 * Pure data. What is measured of an event is decided in `measurements.ts`.
 */
import type { Why } from '../term/leading.ts';
import type { EpochMs } from '../time/instant.ts';
import type { Token } from '../token.ts';

interface EventBase {
  readonly election: string;
  /** What decides the election: the name of its table or queue. Absent where the mechanism has none. */
  readonly store?: string | undefined;
  readonly candidateId: string;
  readonly atEpochMs: EpochMs;
}

export type JournalEvent =
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
      /** How long, as this candidate saw it, nobody may have led: since the last sign of the old leader. */
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
