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

type What = Parameters<typeof eventOf>[0];

const ofGroup = (what: What) => eventOf({ ...what, election: 'pollers', group: 'pollers' });
export const ofPartition = (partition: number, what: What) =>
  eventOf({ ...what, election: `pollers/${partition}`, group: 'pollers', partition });

/** One of each kind that a member of a group tells, its partition 3 among them. */
export const EVERY_GROUP_EVENT: readonly JournalEvent[] = [
  ofGroup({ event: 'joined' }),
  ofGroup({ event: 'planned', ...planned(4), own: false, delayMs: 90 }),
  ofGroup({ event: 'planned', ...planned(5), own: true, delayMs: 0 }),
  ofPartition(3, { event: 'overdue', holder: 'b/2', waitedMs: 30_000 }),
  ofPartition(3, {
    ...{ event: 'elected', token: 7n, latencyMs: 80, leaderlessMs: 52, remainingMs: 9_700 },
  }),
  ofGroup({
    ...{ event: 'heartbeat', latencyMs: 9, remainingMs: 9_791, vacant: 1, version: 5 },
    imbalance: 1.2,
  }),
  ofGroup({ event: 'deposed', member: 'b/2' }),
  ofPartition(3, { event: 'fence-rejected', token: 7n, highestToken: 8n, resource: 'orders' }),
  ofPartition(3, { event: 'draining', token: 7n, why: 'resigned' }),
  ofPartition(3, { event: 'stuck', token: 7n, waitedMs: 5_000 }),
  ofPartition(3, { event: 'resigned', token: 7n, released: true }),
  ofGroup({ event: 'error', error: new Error('no route') }),
  ofGroup({ event: 'gone', why: 'resigned' }),
];

function planned(version: number) {
  return { version, moves: 2, members: 2, imbalance: 1 } as const;
}
