/**
 * The partitions while they are dealt: which member has which, which are pinned, and which are
 * refused.
 */
import { NOBODY } from '../rows.ts';

export interface Deal {
  /** One for each member, above 0. */
  readonly capacities: readonly number[];
  /** The member that has each partition so far, or `NOBODY`. */
  readonly owners: readonly number[];
  /** Partitions that an operator pinned to a member, or to `NOBODY`. */
  readonly pins: ReadonlyMap<number, number>;
  /** The members that will not lead a partition. */
  readonly refusals: ReadonlyMap<number, ReadonlySet<number>>;
}

export interface Hands {
  readonly owners: number[];
  /** The unpinned partitions of each member, lowest first. */
  readonly free: number[][];
  /** How many each member has, pinned ones included. */
  readonly counts: number[];
  /** Partitions that have no owner and should have one. */
  readonly open: number[];
  readonly deal: Deal;
}

/** Pins are obeyed and refusals granted. Every other partition stays where it is. */
export function handsOf(deal: Deal): Hands {
  const { capacities, pins, refusals } = deal;
  const free: number[][] = capacities.map(() => []);
  const counts = capacities.map(() => 0);
  const open: number[] = [];
  const owners = deal.owners.map((before, partition) => {
    const pinned = pins.get(partition);
    const owner = pinned ?? (refusals.get(partition)?.has(before) ? NOBODY : before);
    if (owner === NOBODY) {
      if (pinned === undefined) open.push(partition);
      return NOBODY;
    }
    counts[owner] = (counts[owner] ?? 0) + 1;
    if (pinned === undefined) free[owner]?.push(partition);
    return owner;
  });
  return { owners, free, counts, open, deal };
}

export function refuses({ deal }: Hands, member: number, partition: number): boolean {
  return deal.refusals.get(partition)?.has(member) ?? false;
}

export function give({ owners, free, counts }: Hands, partition: number, member: number): void {
  owners[partition] = member;
  free[member]?.push(partition);
  counts[member] = (counts[member] ?? 0) + 1;
}

/** Takes an unpinned partition from the member that has it. */
export function take({ owners, free, counts }: Hands, partition: number): void {
  const member = owners[partition] ?? NOBODY;
  const hand = free[member];
  if (hand === undefined) return;
  hand.splice(hand.indexOf(partition), 1);
  counts[member] = (counts[member] ?? 0) - 1;
  owners[partition] = NOBODY;
}
