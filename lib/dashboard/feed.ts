/**
 * What happens in an election, in the form that the time line reads and that crosses the network.
 *
 * Pure. Decides how a journal's events, and the record as it is seen from time to time, become feed
 * events. Flat, with tokens as texts, so that JSON keeps all of it.
 */
import type { LeaseRecord } from '../core/lease/record.ts';
import type { JournalEvent } from '../index.ts';

/** What happened. */
export type FeedEventKind =
  /** The candidate is there. */
  | 'joined'
  | 'standby'
  | 'elected'
  | 'renewed'
  | 'draining'
  | 'resigned'
  | 'lost'
  /** A fence refused a write of the candidate. */
  | 'refused'
  | 'error'
  /** What was done to its process. */
  | 'killed'
  | 'frozen'
  | 'thawed'
  | 'stopping'
  | 'cut-off'
  | 'reconnected'
  | 'gone';

/** One event as the page draws it. */
export interface FeedEvent {
  readonly event: FeedEventKind;
  /** Whose lane: a candidate's id, or a name that stands for it. */
  readonly lane: string;
  readonly atEpochMs: number;
  /** In decimal. Absent where the event is of no term. */
  readonly token?: string | undefined;
  /** Of `elected` and `renewed`: what is left of the lease. */
  readonly remainingMs?: number | undefined;
  /** A few words, for people. */
  readonly says?: string | undefined;
}

/** The event of a journal, or `undefined` for what the time line has no use for. */
export function feedEventOf(event: JournalEvent): FeedEvent | undefined {
  const { candidateId: lane, atEpochMs } = event;
  const base = { lane, atEpochMs };
  switch (event.event) {
    case 'standby':
      return { ...base, event: 'standby' };
    case 'elected':
    case 'renewed': {
      const { remainingMs } = event;
      return { ...base, event: event.event, token: String(event.token), remainingMs };
    }
    case 'draining':
    case 'resigned':
      return { ...base, event: event.event, token: String(event.token) };
    case 'lost':
      return { ...base, event: 'lost', token: String(event.token), says: event.why };
    case 'fence-rejected': {
      const says = `${event.resource} has admitted ${event.highestToken}`;
      return { ...base, event: 'refused', token: String(event.token), says };
    }
    case 'stuck':
      return { ...base, event: 'error', says: 'work has not stopped' };
    case 'error':
      return {
        ...base,
        event: 'error',
        says: event.error instanceof Error ? event.error.message : String(event.error),
      };
    case 'outrun':
      return undefined;
  }
}

/**
 * What must have happened between two looks at the record. Of several terms in between only the last
 * is seen. Times are those of the looks, by the observer's clock, except where a record is seen first.
 */
export function changesBetween(
  before: LeaseRecord | undefined,
  after: LeaseRecord,
  atEpochMs: number,
): readonly FeedEvent[] {
  const changes: FeedEvent[] = [];
  const sameTerm = before?.holder === after.holder && before?.token === after.token;
  if (before?.holder !== undefined && !sameTerm) changes.push(endOf(before, after, atEpochMs));
  if (after.holder === undefined) return changes;
  const about = { lane: after.holder, atEpochMs, token: String(after.token) };
  if (before === undefined || !sameTerm) {
    changes.push({ ...about, event: 'elected', remainingMs: leftOf(before, after, atEpochMs) });
  } else if (before.revision !== after.revision) {
    changes.push({ ...about, event: 'renewed', remainingMs: after.leaseDurationMs });
  }
  if (after.state === 'draining' && !(sameTerm && before?.state === 'draining')) {
    changes.push({ ...about, event: 'draining' });
  }
  return changes;
}

function endOf(before: LeaseRecord, after: LeaseRecord, atEpochMs: number): FeedEvent {
  const about = { lane: before.holder ?? '', atEpochMs, token: String(before.token) };
  if (after.holder !== undefined && before.state === 'leading') {
    return { ...about, event: 'lost', says: 'lapsed' };
  }
  return after.writtenBy === 'operator'
    ? { ...about, event: 'lost', says: 'deposed' }
    : { ...about, event: 'resigned' };
}

/** A record seen first may have run out long ago; its age is known by wall clocks alone. */
function leftOf(before: LeaseRecord | undefined, after: LeaseRecord, atEpochMs: number): number {
  if (before !== undefined) return after.leaseDurationMs;
  const ageMs = Math.max(0, atEpochMs - after.renewedAtEpochMs);
  return Math.max(0, after.leaseDurationMs - ageMs);
}
