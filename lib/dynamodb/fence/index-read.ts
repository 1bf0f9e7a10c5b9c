/**
 * A Query or Scan of an index, which may not project the mark of a tombstone.
 *
 * Decides when the filter for tombstones is left out. The service refuses a filter on an attribute
 * that an index does not project. Only then is the read sent again without the filter, and that is
 * remembered for each client. An index keyed by an attribute of the user's has no tombstones, since
 * a tombstone has only the table's keys. In any other index that does not project the mark, a
 * tombstone looks like a row.
 */
import type { Plan } from './plan.ts';

const unmarked = new WeakMap<object, Set<string>>();

/** Sends the plan, or what stands for it where the index refuses the filter. */
export async function readingIndex<R>(
  plan: Plan,
  { client, send }: { readonly client: object; readonly send: (plan: Plan) => Promise<R> },
): Promise<R> {
  const { unfiltered, index } = plan.ofIndex ?? {};
  if (unfiltered === undefined || index === undefined) return send(plan);
  const known = unmarked.get(client) ?? new Set();
  unmarked.set(client, known);
  if (known.has(index)) return send(unfiltered);
  try {
    return await send(plan);
  } catch (error) {
    if ((error as Error).name !== 'ValidationException') throw error;
    // A read that the user got wrong fails again, with the same error.
    const result = await send(unfiltered);
    known.add(index);
    return result;
  }
}
