/**
 * The way to a resource: a request that has left arrives, however late and whoever leads by then.
 */
import type { SimulatedProcess } from '../shared/simulated-process.ts';
import { HEALS_AT_MS, type World } from './world.ts';

/** Late where the run says so; behind a partition it is held back until that heals. */
export function reachResource<T>(
  world: World,
  process: SimulatedProcess,
  use: () => T,
): Promise<T> {
  const { schedule, random, plan, links, coverage } = world;
  return new Promise((resolve, reject) => {
    const healed = schedule.nowMs >= HEALS_AT_MS;
    const late = !healed && plan.enabled.has('late-effects') && random.chance(0.1);
    if (late) coverage.hit('late-effects');
    const arrivesMs = schedule.nowMs + (late ? random.between(500, 6_000) : random.between(1, 12));
    const cut = links.resourceCut.has(process);
    schedule.at(cut ? Math.max(arrivesMs, HEALS_AT_MS) : arrivesMs, () => {
      const answer = attempt(use);
      schedule.at(schedule.nowMs + random.between(1, 12), () =>
        process.enter(() => (answer.ok ? resolve(answer.value) : reject(answer.error))),
      );
    });
  });
}

function attempt<T>(use: () => T) {
  try {
    return { ok: true, value: use() } as const;
  } catch (error) {
    return { ok: false, error } as const;
  }
}
