/**
 * Whether a partition that an operator's plan has closed is without a leader, as one look at the rows shows it.
 *
 * Decides what a reseed waits for, since it removes a holder from a record. Assumes that the record was read
 * before the plan and the rows, and is written by compare-and-set on what was read.
 */
import { withDefaults } from '../time/timing.ts';
import { type MemberRow, NOBODY, type PartitionRecord, type PlanBody } from './rows.ts';

export interface ClosingLook {
  readonly partition: number;
  readonly record: PartitionRecord | undefined;
  readonly version: number;
  readonly plan: PlanBody | undefined;
  readonly members: readonly MemberRow[];
}

export type Closing =
  /** The newest plan gives it to a member. */
  | { readonly kind: 'open' }
  /** A live member has not applied the newest plan. */
  | { readonly kind: 'waiting'; readonly late: string }
  /** Each member that may lead it is over, once looks have shown the same for `overInMs`. */
  | { readonly kind: 'closed'; readonly overInMs: number };

/** For a group that has neither rows nor the record: the lease that members have by default. */
const UNKNOWN_LEASE_MS = withDefaults({}).leaseDurationMs;

export function closingOf(look: ClosingLook): Closing {
  const { partition, plan, version, members } = look;
  if (plan === undefined || (plan.owners[partition] ?? NOBODY) !== NOBODY) return { kind: 'open' };
  const late = members.find(({ state, appliedPlan }) => state !== 'gone' && appliedPlan < version);
  if (late !== undefined) return { kind: 'waiting', late: late.memberId };
  return { kind: 'closed', overInMs: overInMs(look) };
}

/** A live member that has applied the plan leads it no more, whatever the record still says. */
function overInMs({ record, members }: ClosingLook): number {
  if (record === undefined) {
    // It may have named a member whose row is absent too, or one that an operator has just deposed.
    return Math.max(UNKNOWN_LEASE_MS, ...members.map(({ leaseDurationMs }) => leaseDurationMs));
  }
  if (record.holder === undefined) return 0;
  const row = members.find(({ memberId }) => memberId === record.holder);
  // As for a take-over: a lease whose row is absent runs out, and a deposed member stops by its own clock.
  if (row === undefined) return record.leaseDurationMs;
  return row.state === 'gone' ? row.closedMs : 0;
}
