/**
 * L5: many candidates that begin together, or that lose their leader together, do not get in each
 * other's way. Each seed gives them other clocks and another network; nothing else goes wrong.
 */
import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../../../lib/ports.ts';
import type { Outcome } from '../../../judge/invariants.ts';
import { seeded } from '../../shared/random.ts';
import { planOfFaults } from '../faults.ts';
import { createWorld } from '../world/create-world.ts';
import type { World } from '../world/world.ts';

const CANDIDATES = 25;
/** A few round trips: two reads and a write. */
const ELECTED_WITHIN_MS = 200;
const SEEDS = [1, 2, 3, 4, 5];

type Elected = Extract<JournalEvent, { event: 'elected' }> & { readonly atMs: number };

/** All within 50 ms, in a world where clocks run apart and nothing else happens. */
function startTogether(seed: number) {
  const random = seeded(seed);
  const plan = planOfFaults(new Set(['clock-rates']), 0);
  const world = createWorld(random, plan, undefined);
  const elected: Elected[] = [];
  world.onEvent = (_, event) => {
    if (event.event === 'elected') elected.push({ ...event, atMs: world.schedule.nowMs });
  };
  for (let index = 0; index < CANDIDATES; index += 1) {
    world.schedule.at(random.between(0, 50), () => void world.start());
  }
  return { world, elected };
}

const acquires = ({ storage }: World, outcome: Outcome['outcome']) =>
  storage.outcomes.filter((one) => one.write === 'acquire' && one.outcome === outcome);

describe('candidates that campaign together', () => {
  it.each(SEEDS)('elect one of them at once, and the others try once: seed %i', async (seed) => {
    const { world, elected } = startTogether(seed);

    await world.schedule.run(10_000);

    expect(elected).toHaveLength(1);
    expect(elected[0]?.atMs).toBeLessThan(50 + ELECTED_WITHIN_MS);
    const outrun = acquires(world, 'refused').map(({ by }) => by);
    expect(outrun.length).toBeGreaterThan(0);
    expect(new Set(outrun).size).toBe(outrun.length);
  });

  it.each(SEEDS)(
    'replace a leader that is killed by one write each at most: seed %i',
    async (seed) => {
      const { world, elected } = startTogether(seed);
      await world.schedule.run(10_000);
      const [first] = elected;
      const leader = world.participants.find(({ term }) => (term?.remainingMs() ?? 0) > 0);
      const before = acquires(world, 'refused').length;

      if (leader) world.kill(leader.process, 'tried');
      const { leaseDurationMs, renewIntervalMs } = world.timings;
      await world.schedule.run(10_000 + leaseDurationMs + renewIntervalMs + ELECTED_WITHIN_MS);

      expect(elected.map(({ token }) => token)).toEqual([first?.token, (first?.token ?? 0n) + 1n]);
      const outrun = acquires(world, 'refused')
        .slice(before)
        .map(({ by }) => by);
      expect(new Set(outrun).size).toBe(outrun.length);
    },
  );
});
