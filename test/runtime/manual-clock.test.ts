/**
 * The clock for tests must always advance, even if rounding leaves a wait too small to add.
 */
import { expect, it } from 'vitest';
import { manualClock } from '../../lib/testing/index.ts';

/** So late that a double loses a very small wait when it is added. */
const LATER_MS = 3_600_000;
const LESS_THAN_ROUNDING_MS = 1e-12;
const RINGS_MAX = 10_000;

it('moves on by a wait that is too short to show in its reading', async () => {
  const clock = manualClock();
  await clock.advance(LATER_MS);
  const setAtMs = clock.now().monotonicMs;
  let rings = 0;
  const ring = () => {
    rings += 1;
    const stillThen = clock.now().monotonicMs === setAtMs;
    if (stillThen && rings < RINGS_MAX) clock.setTimer(LESS_THAN_ROUNDING_MS, ring);
  };
  clock.setTimer(LESS_THAN_ROUNDING_MS, ring);

  await clock.advance(1);

  expect(rings).toBe(1);
});

it('shows both clocks apart by the same, however small the steps', async () => {
  const clock = manualClock();
  const startedAt = clock.now();
  for (let n = 0; n < 1_000; n += 1) await clock.advance(0.1001);

  const { monotonicMs, epochMs } = clock.now();

  expect(epochMs - startedAt.epochMs).toBeCloseTo(monotonicMs - startedAt.monotonicMs, 3);
});
