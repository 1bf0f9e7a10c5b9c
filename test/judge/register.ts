/**
 * Whether the history of one register is linearizable, where each state that is saved has an id of its
 * own and names the state that it was built on.
 *
 * Decides it without a search: from the last state, the chain of predecessors is every state that took
 * effect. So only the times are left to compare. Knows nothing of how the register is kept.
 */

/** Instants of one clock. An operation that was never answered has no end. */
interface Operation {
  readonly beganMs: number;
  readonly endedMs: number | undefined;
  readonly by: string;
}

export interface Save extends Operation {
  readonly kind: 'save';
  readonly id: string;
  readonly builtOn: string | undefined;
  /** What the caller was told. `refused` means that the save has changed nothing. */
  readonly told: 'saved' | 'refused' | 'unknown';
}

export interface Load extends Operation {
  readonly kind: 'load';
  readonly found: string | undefined;
}

/** What is wrong with the history; the register holds the state `last` at its end. */
export function registerProblems(
  history: readonly (Save | Load)[],
  last: string | undefined,
): readonly string[] {
  const saves = new Map(history.flatMap((one) => (one.kind === 'save' ? [[one.id, one]] : [])));
  const chain: string[] = [];
  for (let id = last; id !== undefined; id = saves.get(id)?.builtOn) chain.unshift(id);
  const placeOf = new Map(chain.map((id, index) => [id, 2 * index + 2]));
  const problems: string[] = [];
  const placed: { readonly place: number; readonly one: Save | Load }[] = [];
  for (const one of history) {
    const found = one.kind === 'save' ? one.id : one.found;
    const place = found === undefined ? 0 : placeOf.get(found);
    if (one.kind === 'load') {
      if (place === undefined) problems.push(`${one.by} loaded ${found}, which did not last`);
      else placed.push({ place: place + 1, one });
    } else if (place !== undefined) {
      if (one.told === 'refused') problems.push(`${found} was told refused, and took effect`);
      placed.push({ place, one });
    } else if (one.told === 'saved') {
      problems.push(`${found}, built on ${one.builtOn}, was acknowledged and is lost`);
    }
  }
  return [...problems, ...outOfTime(placed)];
}

/** An operation earlier in the chain must not have begun after a later one had ended. */
function outOfTime(
  placed: readonly { readonly place: number; readonly one: Save | Load }[],
): readonly string[] {
  const problems: string[] = [];
  let before: Save | Load | undefined;
  let reached: Save | Load | undefined;
  let reachedPlace = -1;
  for (const { place, one } of placed.toSorted((a, b) => a.place - b.place)) {
    if (place > reachedPlace) {
      before = latest(before, reached);
      reached = undefined;
      reachedPlace = place;
    }
    reached = latest(reached, one);
    if (before === undefined || one.endedMs === undefined || before.beganMs <= one.endedMs)
      continue;
    problems.push(`${nameOf(one)} had ended before ${nameOf(before)} began, and comes after it`);
  }
  return problems;
}

/** Of two operations, the one that began last. */
function latest(one: Save | Load | undefined, other: Save | Load | undefined) {
  if (one === undefined || other === undefined) return one ?? other;
  return other.beganMs > one.beganMs ? other : one;
}

function nameOf(one: Save | Load): string {
  return one.kind === 'save' ? `the save of ${one.id}` : `the load of ${one.found} by ${one.by}`;
}
