import { expect, it } from 'vitest';
import { outageDrill } from './outage-drill.ts';

const HOUR_MS = 3_600_000;

it('brings 1,000 elections back after three hours without a store, and without a storm', {
  timeout: 240_000,
}, async () => {
  const leaseDurationMs = 120_000;
  // Nobody reads the stacks of some hundred thousand refused requests, and they cost a fifth of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const drill = await outageDrill({ elections: 1_000, outageMs: 3 * HOUR_MS, leaseDurationMs });
  Error.stackTraceLimit = stackTraceLimit;

  expect(drill.leading).toBe(1_000);
  // A read falls due within a renew interval and a quarter of jitter; then a round trip or two.
  expect(drill.recoveredAfterMs).toBeLessThan(drill.renewIntervalMs * 1.25 + 1_000);
  expect(drill.recoveredAfterMs).toBeLessThan(leaseDurationMs + drill.renewIntervalMs);
  expect(drill.outageMax).toBeLessThanOrEqual(drill.steadyMax);
  expect(drill.returnMax).toBeLessThanOrEqual(drill.steadyMax);
  // Spread over the renew interval: 25 a second would be perfectly even.
  expect(drill.secondMax).toBeLessThan(150);
});
