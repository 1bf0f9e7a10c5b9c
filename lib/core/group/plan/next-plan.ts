/**
 * The next plan of a group, from the rows of its members and the plan before.
 *
 * It is a pure function: every member that asks with the same rows gets the same plan. It returns
 * the plan before where nothing calls for another. It decides which members are planned for, and
 * what each of them should lead. No plan can break safety, only balance. `member/planning.ts`
 * decides when a plan is due, and `member/seeking.ts` who may acquire.
 */
import {
  type LoadRow,
  type MemberRow,
  NOBODY,
  type Pin,
  type PlanBody,
  type Refusal,
} from '../rows.ts';
import { dealByCount } from './by-count.ts';
import { DRIFT_TOLERANCE, dealByWeight, TOLERANCE } from './by-weight.ts';
import type { Deal } from './hands.ts';

export interface PlanInput {
  readonly partitions: number;
  /** Absent where no plan could be read: every partition is dealt as if none had an owner. */
  readonly previous?: PlanBody | undefined;
  /** Every row of the group's members. A member without a row is gone. */
  readonly rows: readonly MemberRow[];
  /** Absent: each partition counts as one. */
  readonly weights?: Weights | undefined;
  /** What the planner itself refuses now. It replaces what the plan before says of the planner. */
  readonly refusing?: { readonly memberId: string; readonly partitions: readonly number[] };
  /** Ends pins. The wall clock is only a hint, since no two agree. */
  readonly nowEpochMs: number;
}

export interface Weights {
  readonly weightOf: (partition: number) => number;
  /** No member came or went, and the weights have differed for three minutes. */
  readonly drift: boolean;
}

/** The fraction of the partitions that may move for drift in one plan. */
const DRIFT_MOVES = 1 / 20;

export const EMPTY_PLAN: PlanBody = {
  members: [],
  leavers: [],
  owners: [],
  pins: [],
  refusals: [],
};

export function nextPlan(input: PlanInput): PlanBody {
  const { previous = EMPTY_PLAN, rows, nowEpochMs } = input;
  const active = rows.filter(({ state }) => state === 'active');
  const heirs = heirsOf(previous, rows);
  const promoted = new Set(heirs.values());
  const planned = [...active, ...rows.filter(({ memberId }) => promoted.has(memberId))].sort(byId);
  const members = planned.map(({ memberId }) => memberId);
  const indexOf = new Map(members.map((memberId, index) => [memberId, index]));
  const pins = previous.pins.filter(
    ({ memberId, partition, untilEpochMs }) =>
      untilEpochMs > nowEpochMs &&
      partition < input.partitions &&
      (memberId === undefined || indexOf.has(memberId)),
  );
  const refusals = refusedBy(previous, input.refusing).filter(
    ({ memberId, partition }) => indexOf.has(memberId) && partition < input.partitions,
  );
  const deal: Deal = {
    capacities: planned.map(({ capacity }) => capacity),
    owners: Array.from({ length: input.partitions }, (_, partition) => {
      const before = previous.members[previous.owners[partition] ?? NOBODY] ?? '';
      return indexOf.get(heirs.get(before) ?? before) ?? NOBODY;
    }),
    pins: pinsOf(pins, indexOf),
    refusals: refusalsOf(refusals, indexOf),
  };
  const leavers = rows
    .filter(({ state }) => state === 'leaving')
    .map(({ memberId }) => memberId)
    .sort();
  return { members, leavers, owners: dealt(deal, input.weights), pins, refusals };
}

/** Whether two plans ask the same of every member. */
export function samePlan(a: PlanBody, b: PlanBody): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function dealt(deal: Deal, weights: Weights | undefined): readonly number[] {
  if (weights === undefined) return dealByCount(deal);
  const { weightOf, drift } = weights;
  return dealByWeight(deal, {
    weightOf,
    tolerance: drift ? DRIFT_TOLERANCE : TOLERANCE,
    movesMax: drift ? Math.ceil(deal.owners.length * DRIFT_MOVES) : deal.owners.length,
  });
}

/**
 * Each spare takes the whole share of one member that leaves or is gone. The spare that waits
 * longest goes first.
 */
function heirsOf(previous: PlanBody, rows: readonly MemberRow[]): ReadonlyMap<string, string> {
  const spares = rows
    .filter(({ state }) => state === 'spare')
    .sort((a, b) => a.joinedAtEpochMs - b.joinedAtEpochMs || byId(a, b));
  // A spare that a plan has named is a member, even if its row still says spare.
  const named = new Set(previous.members);
  const waiting = spares.filter(({ memberId }) => !named.has(memberId));
  const staying = new Set(
    rows.filter(({ state }) => state === 'active' || state === 'spare').map((row) => row.memberId),
  );
  const heirs = new Map<string, string>();
  for (const { memberId } of spares) if (named.has(memberId)) heirs.set(memberId, memberId);
  for (const leaver of previous.members.filter((memberId) => !staying.has(memberId))) {
    const heir = waiting.shift();
    if (heir !== undefined) heirs.set(leaver, heir.memberId);
  }
  return heirs;
}

function pinsOf(
  pins: readonly Pin[],
  indexOf: ReadonlyMap<string, number>,
): ReadonlyMap<number, number> {
  return new Map(
    pins.map(({ partition, memberId }) => [partition, indexOf.get(memberId ?? '') ?? NOBODY]),
  );
}

function refusedBy({ refusals }: PlanBody, refusing: PlanInput['refusing']): readonly Refusal[] {
  if (refusing === undefined) return refusals;
  const { memberId, partitions } = refusing;
  const others = refusals.filter((refusal) => refusal.memberId !== memberId);
  return [...others, ...partitions.map((partition) => ({ partition, memberId }))];
}

function refusalsOf(
  refusals: readonly Refusal[],
  indexOf: ReadonlyMap<string, number>,
): ReadonlyMap<number, ReadonlySet<number>> {
  const found = new Map<number, Set<number>>();
  for (const { partition, memberId } of refusals) {
    const by = found.get(partition) ?? new Set();
    by.add(indexOf.get(memberId) ?? NOBODY);
    found.set(partition, by);
  }
  return found;
}

function byId(a: MemberRow, b: MemberRow): number {
  return a.memberId < b.memberId ? -1 : Number(a.memberId > b.memberId);
}

/** The measured weights of all loads. A partition that no member measured weighs the mean. */
export function measuredWeights(loads: readonly LoadRow[]): (partition: number) => number {
  const weights = new Map(loads.flatMap((load) => [...load.weights]));
  const mean = [...weights.values()].reduce((a, b) => a + b, 0) / Math.max(1, weights.size) || 1;
  return (partition) => weights.get(partition) ?? mean;
}
