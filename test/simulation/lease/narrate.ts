/** One line of a timeline for what a store or a candidate did. */
import type { LeaseRecord } from '../../../lib/core/lease/record.ts';
import type { JournalEvent } from '../../../lib/ports.ts';

export function describe(record: LeaseRecord | undefined): string {
  if (record === undefined) return 'record gone';
  const { token, holder = 'nobody', revision, writtenBy } = record;
  return `record: token ${token}, ${holder}, revision ${revision}, by ${writtenBy}`;
}

export function narrate(event: JournalEvent): string {
  const token = 'token' in event && event.token !== undefined ? ` ${event.token}` : '';
  const why = 'why' in event ? ` (${event.why})` : '';
  const left = 'remainingMs' in event ? `, ${event.remainingMs.toFixed(0)} ms left` : '';
  const error = event.event === 'error' ? ` ${String((event as { error: unknown }).error)}` : '';
  return `${event.event}${token}${why}${left}${error}`;
}
