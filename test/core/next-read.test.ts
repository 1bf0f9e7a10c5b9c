/**
 * When a standby reads a lease that is held: how many reads it sends, and how soon it sees a renewal.
 * The test gives the time line of renewals.
 */
import { describe, expect, it } from 'vitest';
import { nextReadInMs, type Observation, observe } from '../../lib/core/lease/observation.ts';
import type { LeaseRecord } from '../../lib/core/lease/record.ts';
import { withDefaults } from '../../lib/core/time/timing.ts';

const INTERVAL_MS = 1_000;
const APPLIED_AFTER_MS = 5;
const RENEWALS = 20;

interface Course {
  /** By how much the holder's wall clock is ahead of the standby's. */
  readonly clockAheadMs?: number;
  /** By how much each renewal is sent late. Infinite: this renewal and all later ones are never sent. */
  readonly lateMs?: (renewal: number) => number;
  /** From a renewal's sending until a standby can read it, and what the standby takes that for. */
  readonly appliedAfterMs?: number;
  readonly roundTripMs?: number;
}

/** How long after it was applied each renewal was first seen, and after how many reads. */
function watch(course: Course) {
  const { clockAheadMs = 0, lateMs = () => 0, appliedAfterMs = APPLIED_AFTER_MS } = course;
  const { roundTripMs } = withDefaults({ roundTripMs: course.roundTripMs });
  const sent: number[] = [];
  for (let n = 0; n < RENEWALS; n += 1) {
    const dueMs = n === 0 ? 0 : (sent[n - 1] ?? 0) + INTERVAL_MS;
    sent.push(dueMs + lateMs(n));
  }
  const recordAt = (ms: number) => {
    const revision = sent.filter((sentMs) => sentMs + appliedAfterMs <= ms).length - 1;
    return recordOf(revision, (sent[revision] ?? 0) + clockAheadMs);
  };
  const seenAfterMs: number[] = [];
  const readsAt: number[] = [];
  let seen: Observation | undefined;
  const endMs = RENEWALS * INTERVAL_MS;
  for (let nowMs = appliedAfterMs + 1; nowMs < endMs; ) {
    const at = { monotonicMs: nowMs, epochMs: nowMs };
    seen = observe(seen, recordAt(nowMs), at);
    readsAt.push(nowMs);
    const revision = Number(seen.record.revision);
    seenAfterMs[revision] ??= nowMs - appliedAfterMs - (sent[revision] ?? 0);
    nowMs += nextReadInMs(seen, at, { roundTripMs });
  }
  return { seenAfterMs, readsAt };
}

const recordOf = (revision: number, renewedAtEpochMs: number): LeaseRecord => ({
  holder: 'leader',
  token: 1n,
  revision: String(revision),
  leaseDurationMs: 3 * INTERVAL_MS,
  renewIntervalMs: INTERVAL_MS,
  renewedAtEpochMs,
  state: 'leading',
  formatVersion: 1,
  writtenBy: 'renew',
});

it('reads once per interval, and sees each renewal at once, where all is on time', () => {
  const { seenAfterMs, readsAt } = watch({});
  expect(readsAt.length).toBeLessThanOrEqual(RENEWALS + 1);
  expect(Math.max(...seenAfterMs)).toBeLessThanOrEqual(20);
});

it('sees a renewal that is late soon, and not a whole interval later', () => {
  const { seenAfterMs, readsAt } = watch({ lateMs: (renewal) => (renewal === 10 ? 170 : 0) });
  expect(seenAfterMs[10]).toBeLessThanOrEqual(150);
  expect(seenAfterMs[11]).toBeLessThanOrEqual(20);
  expect(readsAt.length).toBeLessThanOrEqual(RENEWALS + 5);
});

it('looks at a dead holder no more often than an interval in the end', () => {
  const dead = (renewal: number) => (renewal >= 10 ? Number.POSITIVE_INFINITY : 0);
  const { readsAt } = watch({ lateMs: dead });
  const after = readsAt.filter((atMs) => atMs > 10 * INTERVAL_MS);
  // The pause doubles from 20 ms, so six reads reach an interval.
  expect(after.length).toBeLessThanOrEqual(10 + 6);
  expect((after.at(-1) ?? 0) - (after.at(-2) ?? 0)).toBe(INTERVAL_MS);
});

it.each([-400, -150, -50, 50, 150, 400])(
  'reads once per interval with the holder’s clock %i ms ahead',
  (clockAheadMs) => {
    const { readsAt, seenAfterMs } = watch({ clockAheadMs });
    expect(readsAt.length).toBeLessThanOrEqual(RENEWALS + 4);
    expect(Math.max(...seenAfterMs.filter((ms) => ms !== undefined))).toBeLessThanOrEqual(
      INTERVAL_MS,
    );
  },
);

describe('where a renewal takes 90 ms until it can be read, as across Regions', () => {
  const across = { appliedAfterMs: 90, roundTripMs: 100 };

  it('reads once per interval, and sees each renewal at once', () => {
    const { seenAfterMs, readsAt } = watch(across);
    expect(readsAt.length).toBeLessThanOrEqual(RENEWALS + 1);
    expect(Math.max(...seenAfterMs)).toBeLessThanOrEqual(20);
  });

  it('sees a renewal almost an interval late, where no one has stated the round trip', () => {
    const { seenAfterMs } = watch({ appliedAfterMs: across.appliedAfterMs });
    expect(Math.max(...seenAfterMs.filter((ms) => ms !== undefined))).toBeGreaterThan(500);
  });
});
