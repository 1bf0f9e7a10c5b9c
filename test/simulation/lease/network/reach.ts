/**
 * The way to a resource. A request that has left arrives, however late it is and whichever
 * candidate leads then. It arrives again where the SDK sent it twice, before or after the attempt
 * that was answered.
 */
import type { SimulatedProcess } from '../../shared/simulated-process.ts';
import { HEALS_AT_MS } from '../world/setting.ts';
import type { World } from '../world/world.ts';
import { failing } from './fates.ts';

const PROMPT_MS = [1, 12] as const;
const LATE_MS = [500, 6_000] as const;
/** After which a client without retries gives a request up. */
const TIMEOUT_MS = 300;

/** Late where the run says so; behind a partition it is held back until that heals. */
export function reachResource<T>(
  world: World,
  process: SimulatedProcess,
  use: () => T,
): Promise<T> {
  const { schedule, random, links } = world;
  return new Promise((resolve, reject) => {
    const cut = links.resourceCut.has(process);
    const after = (range: readonly [number, number]) => {
      const atMs = schedule.nowMs + random.between(...range);
      return cut ? Math.max(atMs, HEALS_AT_MS) : atMs;
    };
    const answered = () => {
      const answer = attempt(use);
      schedule.at(schedule.nowMs + random.between(...PROMPT_MS), () =>
        process.enter(() => (answer.ok ? resolve(answer.value) : reject(answer.error))),
      );
    };
    const unanswered = () => void attempt(use);
    switch (fateOf(world)) {
      case 'repeated-effects':
        schedule.at(after(random.pick([PROMPT_MS, LATE_MS])), unanswered);
        schedule.at(after(PROMPT_MS), answered);
        return;
      case 'unanswered-effects':
        if (random.chance(0.7)) schedule.at(after(LATE_MS), unanswered);
        schedule.at(schedule.nowMs + TIMEOUT_MS, () => process.enter(() => giveUp(reject)));
        return;
      case 'late-effects':
        schedule.at(after(LATE_MS), answered);
        return;
      case undefined:
        schedule.at(after(PROMPT_MS), answered);
    }
  });
}

type Fate = 'late-effects' | 'repeated-effects' | 'unanswered-effects';

const RATES: Readonly<Record<Fate, number>> = {
  'late-effects': 0.1,
  'repeated-effects': 0.1,
  'unanswered-effects': 0.05,
};

function fateOf({ schedule, random, plan, coverage }: World): Fate | undefined {
  if (schedule.nowMs >= HEALS_AT_MS) return undefined;
  for (const fate of Object.keys(RATES) as readonly Fate[]) {
    if (!plan.has(fate) || !random.chance(RATES[fate])) continue;
    coverage.hit(fate);
    return fate;
  }
  return undefined;
}

function giveUp(reject: (error: unknown) => void): void {
  try {
    failing('TimeoutError', 'no answer in time')();
  } catch (error) {
    reject(error);
  }
}

function attempt<T>(use: () => T) {
  try {
    return { ok: true, value: use() } as const;
  } catch (error) {
    return { ok: false, error } as const;
  }
}
