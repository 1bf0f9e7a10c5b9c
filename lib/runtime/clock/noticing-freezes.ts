/**
 * A clock that remembers how long its monotonic half has stood still, from one reading to the next.
 *
 * A holder counts by the larger of two clock differences. A wall clock that was set back within the
 * same lease would hide a freeze from it. Two readings around each fault show both. What the wall
 * clock gains on the monotonic clock is time that the monotonic clock missed. A step forward of the
 * wall clock is counted as a freeze too, to be safe.
 */
import type { Clock } from '../../ports.ts';

/** Below this a gain is rounding, or the slewing of a synchronised clock; the margin covers it. */
const GAIN_MS_MIN = 10;

export function noticingFreezes(clock: Clock): Clock {
  let lowestLeadMs = Infinity;
  let frozenMs = 0;
  return {
    now() {
      const reading = clock.now();
      const leadMs = reading.epochMs - reading.monotonicMs;
      if (leadMs - lowestLeadMs >= GAIN_MS_MIN) {
        frozenMs += leadMs - lowestLeadMs;
        lowestLeadMs = leadMs;
      }
      lowestLeadMs = Math.min(lowestLeadMs, leadMs);
      return { ...reading, frozenMs };
    },
    setTimer: (...timer) => clock.setTimer(...timer),
  };
}
