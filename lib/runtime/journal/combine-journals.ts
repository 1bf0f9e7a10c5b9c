/** Several journals as one: metrics, logs and others. */
import type { Journal } from '../../ports.ts';

/**
 * Tells each in turn, and flushes each. A journal that throws keeps nothing from the others. Its
 * error is rethrown once all were told, so that the runtime warns of it.
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
