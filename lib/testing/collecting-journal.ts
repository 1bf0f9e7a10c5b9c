/** A journal that keeps what it was told, for a test to look at. */
import type { Journal, JournalEvent } from '../ports.ts';

/** A journal that keeps its events for the test to read. */
export function collectingJournal(): Journal & { readonly events: JournalEvent[] } {
  const events: JournalEvent[] = [];
  return { events, record: (event) => void events.push(event) };
}
