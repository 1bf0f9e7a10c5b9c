/**
 * Deals partitions by weight. Partitions without an owner go out first, the largest first. Then the
 * largest one that fits moves from the fullest member that can give to the emptiest, until the two
 * are close.
 */
import { type Deal, give, type Hands, handsOf, refuses, take } from './hands.ts';

export interface WeightRules {
  readonly weightOf: (partition: number) => number;
  /** The difference between fullest and emptiest that is left alone, as a fraction of the mean. */
  readonly tolerance: number;
  /** The most moves of one plan. Partitions without an owner are dealt besides. */
  readonly movesMax: number;
}

/** After a join or a leave: most weights are measured less closely than a tenth of the mean. */
export const TOLERANCE = 0.1;
/** For drift: weights that wander must not move partitions to and fro. */
export const DRIFT_TOLERANCE = 0.4;

export function dealByWeight(deal: Deal, rules: WeightRules): readonly number[] {
  const hands = handsOf(deal);
  const { capacities } = deal;
  if (capacities.length === 0) return hands.owners;
  const { weightOf } = rules;
  const loads = capacities.map(() => 0);
  const load = (member: number) => (loads[member] ?? 0) / (capacities[member] ?? 1);
  const add = (member: number, weight: number) => {
    loads[member] = (loads[member] ?? 0) + weight;
  };
  hands.owners.forEach((owner, partition) => {
    if (owner >= 0) add(owner, weightOf(partition));
  });
  hands.open.sort((a, b) => weightOf(b) - weightOf(a) || a - b);
  for (const partition of hands.open) {
    const weight = weightOf(partition);
    const after = (member: number) => load(member) + weight / (capacities[member] ?? 1);
    const [first, ...rest] = capacities
      .map((_, member) => member)
      .filter((member) => !refuses(hands, member, partition));
    if (first === undefined) continue;
    const emptiest = rest.reduce((a, b) => (after(b) < after(a) ? b : a), first);
    give(hands, partition, emptiest);
    add(emptiest, weight);
  }
  const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0);
  const closeBy = (sum(loads) / sum(capacities)) * rules.tolerance;
  for (let moves = 0; moves < rules.movesMax; moves += 1) {
    const move = bestMove(hands, { load, weightOf, closeBy });
    if (move === undefined) break;
    take(hands, move.partition);
    give(hands, move.partition, move.to);
    add(move.from, -weightOf(move.partition));
    add(move.to, weightOf(move.partition));
  }
  return hands.owners;
}

interface Move {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** A partition fits where its giver stays at least as full as its taker becomes. */
function bestMove(
  hands: Hands,
  rules: {
    readonly load: (member: number) => number;
    readonly weightOf: (partition: number) => number;
    readonly closeBy: number;
  },
): Move | undefined {
  const { load, weightOf, closeBy } = rules;
  const { capacities } = hands.deal;
  const byLoad = capacities.map((_, member) => member).sort((a, b) => load(b) - load(a) || a - b);
  const to = byLoad.at(-1);
  if (to === undefined) return undefined;
  for (const from of byLoad) {
    const gap = load(from) - load(to);
    if (gap <= closeBy || from === to) return undefined;
    const perWeight = 1 / (capacities[from] ?? 1) + 1 / (capacities[to] ?? 1);
    let best: number | undefined;
    for (const partition of hands.free[from] ?? []) {
      const weight = weightOf(partition);
      if (weight <= 0 || weight * perWeight > gap || refuses(hands, to, partition)) continue;
      if (best === undefined || weight > weightOf(best)) best = partition;
    }
    if (best !== undefined) return { partition: best, from, to };
  }
  return undefined;
}
