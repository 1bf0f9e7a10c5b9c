/**
 * Several journals as one: metrics, logs and whatever else wants to know.
 */
import type { Journal } from '../../ports.ts';

/**
 * Tells each in turn, and flushes each. One that throws keeps nothing from the others; what it threw is
 * rethrown once all were told, for the runtime to warn of.
 */
export function combineJournals(...journals: readonly Journal[]): Journal {
  const each = (tell: (journal: Journal) => void) => {
    const errors: unknown[] = [];
    for (const journal of journals) {
      try {
        tell(journal);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  };
  return {
    record: (event) => each((journal) => journal.record(event)),
    flush: () => each((journal) => journal.flush?.()),
  };
}
