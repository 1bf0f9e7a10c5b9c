/**
 * Several journals as one: metrics, logs and whatever else wants to know.
 */
import type { Journal } from '../../ports.ts';

/**
 * Tells each in turn. One that throws keeps nothing from the others; what it threw is rethrown once
 * all were told, for the runtime to warn of.
 */
export function combineJournals(...journals: readonly Journal[]): Journal {
  return {
    record(event) {
      const errors: unknown[] = [];
      for (const journal of journals) {
        try {
          journal.record(event);
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
    },
  };
}
