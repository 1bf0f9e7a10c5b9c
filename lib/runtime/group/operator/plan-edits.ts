/**
 * What an operator changes in a plan: one partition at a time, and nothing that a planner would
 * undo.
 *
 * Members decide the shares themselves: they know the weights, and an operator's program does not.
 */
import { NOBODY, type PlanBody } from '../../../core/group/rows.ts';
import { InvalidOptionsError } from '../../../errors.ts';

export interface Hold {
  readonly partition: number;
  readonly untilEpochMs: number;
}

/** The partition goes to this member and stays there until the hold ends. */
export function movedTo(plan: PlanBody, memberId: string, hold: Hold): PlanBody {
  const owner = plan.members.indexOf(memberId);
  if (owner < 0) throw notPlanned(plan, memberId);
  return pinned(plan, { ...hold, memberId }, owner);
}

/** No member is to lead the partition until the hold ends. */
export function closed(plan: PlanBody, hold: Hold): PlanBody {
  return pinned(plan, hold, NOBODY);
}

/** The end of a move, or of a partition that was closed. */
export function unpinned(plan: PlanBody, partition: number): PlanBody {
  return { ...plan, pins: plan.pins.filter((pin) => pin.partition !== partition) };
}

/** The partition goes from its owner to the other member that has the fewest. */
export function resigned(plan: PlanBody, partition: number): PlanBody {
  const owner = plan.owners[partition] ?? NOBODY;
  const memberId = plan.members[owner];
  if (memberId === undefined) return plan;
  const refused = new Set(
    plan.refusals.filter((refusal) => refusal.partition === partition).map((one) => one.memberId),
  );
  const counts = plan.members.map(
    (_, member) => plan.owners.filter((one) => one === member).length,
  );
  const others = plan.members
    .map((id, member) => ({ id, member }))
    .filter(({ id, member }) => member !== owner && !refused.has(id))
    .sort((a, b) => (counts[a.member] ?? 0) - (counts[b.member] ?? 0));
  const [heir] = others;
  if (heir === undefined) {
    throw new InvalidOptionsError([
      `partition ${partition} has nobody else who would lead it; start another member first`,
    ]);
  }
  const refusals = [...plan.refusals, { partition, memberId }];
  return {
    ...unpinned(plan, partition),
    owners: withOwner(plan, partition, heir.member),
    refusals,
  };
}

/** Takes back every move and every refusal. The members then even out the shares. */
export function freed(plan: PlanBody): PlanBody {
  return { ...plan, pins: [], refusals: [] };
}

function pinned(
  plan: PlanBody,
  pin: { readonly partition: number; readonly memberId?: string; readonly untilEpochMs: number },
  owner: number,
): PlanBody {
  const { partition } = pin;
  const refusals = plan.refusals.filter(
    (refusal) => refusal.partition !== partition || refusal.memberId !== pin.memberId,
  );
  const { pins } = unpinned(plan, partition);
  return { ...plan, pins: [...pins, pin], refusals, owners: withOwner(plan, partition, owner) };
}

function withOwner({ owners }: PlanBody, partition: number, owner: number): readonly number[] {
  // Partitions that were added and not planned yet have no entry in the plan so far.
  const length = Math.max(owners.length, partition + 1);
  return Array.from({ length }, (_, n) => (n === partition ? owner : (owners[n] ?? NOBODY)));
}

function notPlanned({ members }: PlanBody, memberId: string): InvalidOptionsError {
  const known = members.length === 0 ? 'nobody' : members.slice(0, 10).join(', ');
  return new InvalidOptionsError([
    `member must be one that the newest plan has, got ${memberId}; it has ${known}`,
  ]);
}
