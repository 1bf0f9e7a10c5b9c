/**
 * A Query or Scan of an index, which may not project the mark of a tombstone.
 *
 * Decides when the filter for tombstones is left out. The service refuses a filter on what an index does
 * not project, and only then is the read sent again without it; that is remembered for each client. An
 * index that is keyed by an attribute of the user's has no tombstones in it, since a tombstone has the
 * table's keys alone. In one that is keyed by nothing else, and does not project the mark, a tombstone
 * cannot be told from a row.
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
    // A mistake of the user's fails again, with the same error.
    const result = await send(unfiltered);
    known.add(index);
    return result;
  }
}
