/** Events as the runtime sends them, for tests of what becomes of them. */
import type { JournalEvent } from '../../lib/ports.ts';

type Rest<E> = E extends JournalEvent ? Omit<E, 'election' | 'candidateId' | 'atEpochMs'> : never;

export function eventOf(
  what: Rest<JournalEvent> & { election?: string; candidateId?: string; atEpochMs?: number },
): JournalEvent {
  const base = { election: 'nightly', candidateId: 'a/1', atEpochMs: 1_767_225_600_000 };
  return { ...base, ...what } as JournalEvent;
}

/** One of each kind. */
export const EVERY_EVENT: readonly JournalEvent[] = [
  eventOf({ event: 'standby', holder: 'b/2', token: 6n }),
  eventOf({ event: 'elected', token: 7n, latencyMs: 8, leaderlessMs: 9_400, remainingMs: 9_700 }),
  eventOf({ event: 'outrun', holder: 'b/2', token: 8n }),
  eventOf({ event: 'renewed', token: 7n, latencyMs: 9, remainingMs: 9_791 }),
  eventOf({ event: 'draining', token: 7n, why: 'resigned' }),
  eventOf({ event: 'resigned', token: 7n, released: true }),
  eventOf({ event: 'lost', token: 7n, why: 'lapsed' }),
  eventOf({ event: 'stuck', token: 7n, waitedMs: 5_000 }),
  eventOf({ event: 'fence-rejected', token: 7n, highestToken: 8n, resource: 'orders' }),
  eventOf({ event: 'error', error: new Error('no route'), token: 7n }),
];
