/**
 * A journal whose events name what decides the election, and can be written as JSON. Events of the candidate
 * and of its fences pass through it alike.
 */
import { fieldsOf } from '../../core/journal/event-fields.ts';
import type { Journal } from '../../ports.ts';

/** Not enumerable: an event has the fields that its type says. */
const SERIALIZED = {
  toJSON: {
    value(this: object) {
      return fieldsOf(this);
    },
  },
};

export function naming(journal: Journal, store: string | undefined): Journal {
  return {
    record: (event) =>
      journal.record(
        Object.defineProperties({ ...event, ...(store !== undefined && { store }) }, SERIALIZED),
      ),
    flush: () => journal.flush?.(),
  };
}
