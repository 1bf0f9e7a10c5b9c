/**
 * The instants of a group that follow from its timings: each with its reason.
 */
import type { Timings } from '../../time/timing.ts';
import type { MemberEffect } from './traffic.ts';

/**
 * The time in which a plan reaches every member: one request, and an error of the planner's clock.
 */
export const HAND_OVER_GUARD_MS = 200;
/** A heartbeat that is this late counts as missed: several round trips and a retry. */
export const OVERDUE_MS = 500;
/** How long a member respects another's claim: several times what writing a plan takes. */
export const CLAIM_MS = 1_000;
/**
 * How long a leaver waits for a replacement that starts meanwhile, and a first plan for more
 * members.
 */
export const GATHER_MS = 1_000;
/** The pause between plans that take members out, so that many deaths together make few plans. */
export const REMOVALS_APART_MS = 250;
/**
 * When to read the plan after an announced deposition: claim, roster, body and head take this long.
 */
export const LOOKS_MS = [50, 150, 350, 750] as const;
/** How long after a release its successor first looks. */
export const FIRST_LOOK_MS = 50;
/** How long plans give a partition to others after a member gave it up. */
export const UNWILLING_LEASES = 10;
/** How long weights must differ before partitions move for that reason alone. */
export const DRIFT_MS = 180_000;
/**
 * The limits of one batch of record writes, and of one read of records. Source: DynamoDB API
 * reference.
 */
export const RECORD_WRITES_MAX = 25;
export const RECORD_READS_MAX = 100;

/** Six attempts fit where an election's renewal has three, since one heartbeat holds many terms. */
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

/**
 * From one audit to the next. It grows with the number of members, so that all of them together
 * audit a few times a minute.
 */
export function auditMs(members: number, jitter: number): number {
  return Math.max(30_000, members * 500) * (0.75 + jitter / 2);
}

/** From one look at the plan's head to the next. */
export function headMs({ renewIntervalMs }: Timings, jitter: number): number {
  return renewIntervalMs * (0.9 + jitter / 10);
}
