/**
 * Deals partitions by count: each member keeps its partitions up to its quota, and the rest goes to
 * the others.
 *
 * It makes the fewest moves that leave a difference of one, where no member refuses. A refusal may
 * cost one more move.
 */
import { type Deal, give, type Hands, handsOf, refuses, take } from './hands.ts';
import { quotasOf } from './quotas.ts';

export function dealByCount(deal: Deal): readonly number[] {
  const hands = handsOf(deal);
  if (deal.capacities.length === 0) return hands.owners;
  const { counts, free, open } = hands;
  const quotas = quotasOf({
    capacities: deal.capacities,
    pinned: counts.map((count, member) => count - (free[member]?.length ?? 0)),
    led: counts,
    partitions: open.length + counts.reduce((total, count) => total + count, 0),
  });
  quotas.forEach((quota, member) => {
    for (let surplus = (counts[member] ?? 0) - quota; surplus > 0; surplus -= 1) {
      const last = free[member]?.at(-1);
      if (last === undefined) return;
      take(hands, last);
      open.push(last);
    }
  });
  // Partitions that most members refuse are dealt first, while there is most choice.
  const refused = (partition: number) => deal.refusals.get(partition)?.size ?? 0;
  open.sort((a, b) => refused(b) - refused(a) || a - b);
  for (const partition of open) place(hands, partition, quotas);
  return hands.owners;
}

function place(hands: Hands, partition: number, quotas: readonly number[]): void {
  const wanting = (member: number) => (quotas[member] ?? 0) - (hands.counts[member] ?? 0);
  const willing = quotas.map((_, member) => member).filter((m) => !refuses(hands, m, partition));
  const [first, ...others] = willing;
  if (first === undefined) return;
  const best = others.reduce((a, b) => (wanting(b) > wanting(a) ? b : a), first);
  if (wanting(best) <= 0) makeRoom(hands, willing, wanting);
  const roomy = willing.find((member) => wanting(member) > 0) ?? best;
  give(hands, partition, wanting(best) > 0 ? best : roomy);
}

/**
 * Every member below its quota refuses this partition. A willing member takes it, and gives one of
 * its own to one of them.
 */
function makeRoom(
  hands: Hands,
  willing: readonly number[],
  wanting: (member: number) => number,
): void {
  const wanters = hands.counts.map((_, member) => member).filter((m) => wanting(m) > 0);
  for (const giver of willing) {
    for (const taker of wanters) {
      const spare = hands.free[giver]?.find((partition) => !refuses(hands, taker, partition));
      if (spare === undefined) continue;
      take(hands, spare);
      give(hands, spare, taker);
      return;
    }
  }
}
