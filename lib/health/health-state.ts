/**
 * What the journal says about this process's health: pure, with time as an input.
 *
 * Leading is not remembered but computed, from what was left of the lease when it was last
 * confirmed, by the pessimistic clock. So a process that was frozen, or whose event loop was
 * blocked, does not report itself as leader, even before its own timers ring.
 */
import { pessimisticElapsedMs, type Reading } from '../core/time/instant.ts';
import { formatToken, type Token } from '../core/token.ts';
import type { JournalEvent } from '../ports.ts';

export interface HealthState {
  /** `idle`: has not campaigned yet, or gave the role up. */
  readonly phase: 'idle' | 'standby' | 'leading' | 'draining';
  readonly election?: string | undefined;
  readonly candidateId?: string | undefined;
  readonly token?: Token | undefined;
  /** What was left of the lease, and when that was true. */
  readonly confirmed?: { readonly at: Reading; readonly remainingMs: number } | undefined;
  /** Since when stopped work has not settled. */
  readonly stuckForMs?: number | undefined;
}

export const INITIAL_HEALTH: HealthState = { phase: 'idle' };

/** `at`: when the event was heard. Events of a lost or resigned term end its stuck work's report. */
export function afterEvent(state: HealthState, event: JournalEvent, at: Reading): HealthState {
  const { election, candidateId } = event;
  // A member is alive and ready by its own lease, even if it leads no partition.
  if (event.partition !== undefined) return state;
  const known = { ...state, election, candidateId };
  switch (event.event) {
    case 'standby':
    case 'outrun':
      // A new campaign: the work of the term before has been joined.
      return { ...known, phase: 'standby', stuckForMs: undefined, confirmed: undefined };
    case 'elected':
    case 'renewed': {
      const { token, remainingMs } = event;
      const phase =
        event.event === 'renewed' && state.phase === 'draining' ? 'draining' : 'leading';
      const joined = event.event === 'elected' ? undefined : state.stuckForMs;
      return { ...known, phase, token, confirmed: { at, remainingMs }, stuckForMs: joined };
    }
    case 'draining':
      return { ...known, phase: 'draining' };
    case 'resigned':
      return { ...known, phase: 'idle', confirmed: undefined, stuckForMs: undefined };
    case 'lost':
      // Joins its work, then campaigns again.
      return { ...known, phase: 'standby', confirmed: undefined };
    case 'stuck':
      return { ...known, stuckForMs: event.waitedMs };
    case 'heartbeat':
      return { ...known, phase: 'leading', confirmed: { at, remainingMs: event.remainingMs } };
    case 'gone':
      return { ...known, phase: 'standby', confirmed: undefined };
    case 'fence-rejected':
    case 'error':
    case 'joined':
    case 'planned':
    case 'deposed':
    case 'overdue':
      return known;
  }
}

/** What the health endpoints answer by. */
export interface HealthReport {
  /** False where work outlasts its term: restart the process. */
  readonly live: boolean;
  /** Whether it is live and healthy, and waits or leads. */
  readonly ready: boolean;
  /** Whether it leads now. */
  readonly leading: boolean;
  /** What the answer says as JSON. */
  readonly body: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** `healthy`: what the process says about itself. */
export function healthReport(state: HealthState, now: Reading, healthy: boolean): HealthReport {
  const { confirmed, stuckForMs, phase, election, candidateId, token } = state;
  const leftMs = confirmed ? confirmed.remainingMs - pessimisticElapsedMs(confirmed.at, now) : 0;
  const leading = phase === 'leading' && leftMs > 0;
  const live = stuckForMs === undefined;
  // A leader whose lease has just run out campaigns again: it stands by.
  const competes = phase === 'standby' || phase === 'leading';
  return {
    live,
    leading,
    ready: live && healthy && competes,
    body: {
      election,
      candidateId,
      phase: phase === 'leading' && !leading ? 'standby' : phase,
      token: leading && token !== undefined ? formatToken(token) : undefined,
      remainingMs: leading ? Math.floor(leftMs) : undefined,
      healthy,
      stuckForMs,
    },
  };
}
