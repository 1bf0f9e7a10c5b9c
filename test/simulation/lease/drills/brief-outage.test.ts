import { describe, expect, it } from 'vitest';
import { withDefaults } from '../../../../lib/core/time/timing.ts';
import type { Violation } from '../../../judge/invariants.ts';
import { endedBy, OUTAGES, simulateOutage, survivedMs } from './brief-outage.ts';

const TIMINGS = withDefaults({});
const MOMENTS = 60;
const SEEDS = 600;

describe('a leader survives an outage', () => {
  it.each(OUTAGES)(
    'of the promised length, begun at each moment of the renew interval: %s',
    async (kind) => {
      const ended: Violation[] = [];
      for (let moment = 0; moment < MOMENTS; moment += 1) {
        const beginsAfterMs = (TIMINGS.renewIntervalMs * moment) / MOMENTS;
        const lengthMs = survivedMs(TIMINGS, kind);
        for (const seed of [1, 2, 3, 4, 5]) {
          ended.push(...(await endedBy({ kind, beginsAfterMs, lengthMs, seed })));
        }
      }
      expect(ended).toEqual([]);
    },
  );

  it('of any shorter length, and any jitter', async () => {
    const ended: Violation[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      ended.push(...(await simulateOutage({ seed })).violations);
    }
    expect(ended).toEqual([]);
  });

  it('which are 3.3 s of a silent store and 4.3 s of a refusing one at the defaults', () => {
    expect(OUTAGES.map((kind) => survivedMs(TIMINGS, kind))).toEqual([3_300, 4_300]);
  });
});
