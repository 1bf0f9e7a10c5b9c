/**
 * The instants of a group that follow from its timings: each with its reason.
 */
import type { Timings } from '../../time/timing.ts';
import type { MemberEffect } from './traffic.ts';

/** What a plan needs to reach everyone: a request, and a planner's clock that is a little wrong. */
export const HAND_OVER_GUARD_MS = 200;
/** A heartbeat that is so late counts as missed: several round trips and a retry. */
export const OVERDUE_MS = 500;
/** How long another's claim is respected: what a plan takes, several times. */
export const CLAIM_MS = 1_000;
/** How long a leaver waits for a replacement that starts meanwhile, and a first plan for more members. */
export const GATHER_MS = 1_000;
/** Between plans that take out members: many that die together make few plans. */
export const REMOVALS_APART_MS = 250;
/** When to look at the plan after an announced deposition: claim, roster, body and head take so long. */
export const LOOKS_MS = [50, 150, 350, 750] as const;
/** How long after a release its successor first looks. */
export const FIRST_LOOK_MS = 50;
/** How long a plan names another for a partition that a member gave up. */
export const UNWILLING_LEASES = 10;
/** So long weights must be apart before partitions move for them alone. */
export const DRIFT_MS = 180_000;
/** What one batch of record writes, and one read of records, takes. Source: DynamoDB API reference. */
export const RECORD_WRITES_MAX = 25;
export const RECORD_READS_MAX = 100;

/** Six attempts fit where an election's renewal has three: a heartbeat holds many terms. */
export function requestTimeoutMs({ renewIntervalMs, writeTimeoutMs }: Timings): number {
  return Math.min(writeTimeoutMs, renewIntervalMs / 6);
}

/** The deadline of one effect's request, in milliseconds. */
export function deadlineMsOf(
  effect: Extract<MemberEffect, { kind: 'read' | 'write' | 'write-records' }>,
  timings: Timings,
): number {
  if (effect.kind === 'write') {
    const { kind } = effect.write;
    return kind === 'write-body' || kind === 'write-plan' || kind === 'claim'
      ? timings.writeTimeoutMs
      : requestTimeoutMs(timings);
  }
  if (effect.kind === 'write-records') return timings.writeTimeoutMs;
  const { kind } = effect.read;
  return kind === 'head' || kind === 'member' ? requestTimeoutMs(timings) : timings.writeTimeoutMs;
}

/** From one audit to the next, of so many members: all of them together audit a few times a minute. */
export function auditMs(members: number, jitter: number): number {
  return Math.max(30_000, members * 500) * (0.75 + jitter / 2);
}

/** From one look at the plan's head to the next. */
export function headMs({ renewIntervalMs }: Timings, jitter: number): number {
  return renewIntervalMs * (0.9 + jitter / 10);
}
