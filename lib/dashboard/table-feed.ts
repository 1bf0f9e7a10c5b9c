/**
 * The feed of a real table, read-only: what its record, history and candidates show.
 *
 * Thin: reads in turn and tells. `feed.ts` decides what the reads mean. It reads once a second,
 * eventually consistent, which is half a read unit.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LeaseRecord } from '../core/lease/record.ts';
import { type RowsToRead, readCandidates, readHistory } from '../dynamodb/index.ts';
import type { LeaseStore, MalformedDataError, TermEntry } from '../index.ts';
import { changesBetween, type FeedEvent } from './feed.ts';

/** What `followTable` takes. */
export interface TableFeedOptions {
  readonly store: LeaseStore;
  readonly rows: RowsToRead;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told of each change, as an event for the page. */
  readonly tell: (event: FeedEvent) => void;
  /** The record after each read; `undefined` where there is none. Default: nothing is told. */
  readonly onRecord?: ((record: LeaseRecord | undefined) => void) | undefined;
  /** Milliseconds between two reads of the record. Default: 1,000. */
  readonly intervalMs?: number | undefined;
}

const INTERVAL_MS = 1_000;
const READ_TIMEOUT_MS = 5_000;
const READS_PER_LOOK_AT_CANDIDATES = 15;

/**
 * Resolves once `signal` aborts. @throws an error that every read meets: no table, no permission.
 */
export async function followTable(options: TableFeedOptions): Promise<void> {
  const { store, signal, tell, onRecord, intervalMs = INTERVAL_MS } = options;
  const known = new Set<string>();
  let seen: LeaseRecord | undefined;
  let isSilent = false;
  const rows = { ...options.rows, signal, onMalformed: tellOfRows(tell) };
  const past = await readHistory(rows);
  for (let reads = 0; !signal.aborted; reads += 1) {
    if (reads % READS_PER_LOOK_AT_CANDIDATES === 0) await tellCandidates({ rows, tell }, known);
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(READ_TIMEOUT_MS)]);
    const sighting = await store.read({ consistency: 'eventual', signal: deadline });
    if (signal.aborted) return;
    const now = Date.now();
    if (sighting.kind === 'unknown') {
      if (sighting.permanent || (sighting.denied && reads === 0)) throw sighting.cause;
      if (!isSilent) tell(silence(seen, sighting.cause, now));
      isSilent = true;
    } else {
      isSilent = false;
      const record = sighting.kind === 'present' ? sighting.record : undefined;
      if (reads === 0) for (const event of pastEvents(past, record)) tell(event);
      if (record) for (const event of sinceBefore(past, seen, record, now)) tell(event);
      seen = record ?? seen;
      onRecord?.(record);
    }
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

async function tellCandidates(
  { rows, tell }: Pick<TableFeedOptions, 'rows' | 'tell'>,
  known: Set<string>,
): Promise<void> {
  for (const { candidateId, startedAtEpochMs } of await readCandidates(rows)) {
    if (known.has(candidateId)) continue;
    known.add(candidateId);
    tell({ event: 'joined', lane: candidateId, atEpochMs: startedAtEpochMs });
  }
}

/** A row that cannot be read is shown once, and hides no other row. */
function tellOfRows(tell: TableFeedOptions['tell']): (error: MalformedDataError) => void {
  const told = new Set<string>();
  return ({ message: says }) => {
    if (!told.has(says)) tell({ event: 'error', lane: 'the table', atEpochMs: Date.now(), says });
    told.add(says);
  };
}

/**
 * The store does not answer. That is not a leader that is gone, and the page must say which it is.
 */
function silence(seen: LeaseRecord | undefined, cause: unknown, atEpochMs: number): FeedEvent {
  const says = `the store does not answer: ${cause instanceof Error ? cause.message : cause}`;
  return { event: 'error', lane: seen?.holder ?? 'the store', atEpochMs, says };
}

/** The beginning of a term that is first seen now, as its history row says. */
function sinceBefore(
  past: readonly TermEntry[],
  seen: LeaseRecord | undefined,
  record: LeaseRecord,
  now: number,
): readonly FeedEvent[] {
  const changes = changesBetween(seen, record, now);
  const begun = past.find(({ token }) => token === record.token)?.electedAtEpochMs;
  if (seen !== undefined || begun === undefined || begun >= now) return changes;
  return changes.flatMap((event): FeedEvent[] =>
    event.event === 'elected'
      ? [
          { ...event, atEpochMs: begun, remainingMs: 0 },
          { ...event, event: 'renewed' },
        ]
      : [event],
  );
}

/** Past terms in their order, and the beginning of the one that the record shows. */
export function pastEvents(
  past: readonly TermEntry[],
  record: LeaseRecord | undefined,
): readonly FeedEvent[] {
  return past.toReversed().flatMap((term): FeedEvent[] => {
    const { candidateId: lane, electedAtEpochMs, endedAtEpochMs, why } = term;
    const about = { lane, token: String(term.token) };
    // The record's own term follows as the record shows it.
    if (term.token === record?.token && record.holder !== undefined) return [];
    const remainingMs = (endedAtEpochMs ?? electedAtEpochMs) - electedAtEpochMs;
    const elected = {
      ...about,
      event: 'elected',
      atEpochMs: electedAtEpochMs,
      remainingMs,
    } as const;
    if (endedAtEpochMs === undefined) return [elected];
    const end = why === 'resigned' ? ('resigned' as const) : ('lost' as const);
    return [elected, { ...about, event: end, atEpochMs: endedAtEpochMs, says: why }];
  });
}
