/**
 * How many partitions each member should lead, by count: the floor or the ceiling of its share.
 */

export interface Shares {
  /** One for each member, above 0. */
  readonly capacities: readonly number[];
  /** How many partitions are pinned to each member: its quota is at least that. */
  readonly pinned: readonly number[];
  /** What each member leads now, pinned ones included. */
  readonly led: readonly number[];
  readonly partitions: number;
}

/** Shares that differ from a whole number by less than this are whole: capacities are fractions. */
const ROUNDING = 1e-9;

/**
 * The larger quotas go to the members that lead most: taking from them would be one move more. The
 * quotas add up to `partitions`, and none is below what is pinned.
 */
export function quotasOf(shares: Shares): readonly number[] {
  const { capacities, pinned } = shares;
  const quotas = capacities.map(() => 0);
  let sharing = capacities.map((_, member) => member);
  let left = shares.partitions;
  // A member with more pinned to it than its share keeps all of those. The others share the rest.
  for (;;) {
    const total = sum(sharing.map((member) => capacities[member] ?? 0));
    const shareOf = (member: number) => (left * (capacities[member] ?? 0)) / total;
    const over = sharing.filter((member) => (pinned[member] ?? 0) > Math.ceil(shareOf(member)));
    if (over.length === 0) {
      share(quotas, sharing, { ...shares, partitions: left }, shareOf);
      return quotas;
    }
    for (const member of over) {
      quotas[member] = pinned[member] ?? 0;
      left -= pinned[member] ?? 0;
    }
    sharing = sharing.filter((member) => !over.includes(member));
  }
}

function share(
  quotas: number[],
  sharing: readonly number[],
  { pinned, led, partitions }: Shares,
  shareOf: (member: number) => number,
): void {
  const floorOf = (member: number) => Math.floor(shareOf(member) + ROUNDING);
  for (const member of sharing) quotas[member] = floorOf(member);
  const spare = partitions - sum(sharing.map(floorOf));
  const has = (counts: readonly number[], member: number) =>
    Number((counts[member] ?? 0) > floorOf(member));
  const fraction = (member: number) => shareOf(member) - floorOf(member);
  const larger = sharing
    .filter((member) => fraction(member) > ROUNDING)
    .sort(
      (a, b) =>
        has(pinned, b) - has(pinned, a) ||
        has(led, b) - has(led, a) ||
        (led[b] ?? 0) - (led[a] ?? 0) ||
        fraction(b) - fraction(a) ||
        a - b,
    )
    .slice(0, spare);
  for (const member of larger) quotas[member] = floorOf(member) + 1;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
