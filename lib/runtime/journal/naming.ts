/**
 * A journal whose events name what decides the election, whoever tells them: the candidate or a fence.
 */
import type { Journal } from '../../ports.ts';

export function naming(journal: Journal, store: string | undefined): Journal {
  if (store === undefined) return journal;
  return { record: (event) => journal.record({ ...event, store }) };
}
