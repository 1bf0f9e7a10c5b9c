/**
 * Candidates for a baton in virtual time: each with clocks of its own, work of its own, and a network
 * that fails; paused and killed at any moment.
 */
import { batonWakeInMs, initialBatonState, stepBaton } from '../../../lib/core/baton/machine.ts';
import type { BatonEffect, BatonInput, BatonState } from '../../../lib/core/baton/state.ts';
import { remainingMs } from '../../../lib/core/term/leading.ts';
import type { Reading } from '../../../lib/core/time/instant.ts';
import { withDefaults } from '../../../lib/core/time/timing.ts';
import { type Apply, LATE_MS_MAX, type SimulatedQueue, type World } from './network.ts';

export const TIMINGS = withDefaults({ leaseDurationMs: 10_000, drainMs: 2_000 });
export const LIMITS = { pollWaitMs: 6_000, termMsMax: 120_000, emptyForMs: 20_000 };

export interface Faults {
  /** Whether requests and answers are lost, or come very late. */
  network: boolean;
}

export interface SimulatedCandidate {
  readonly name: string;
  /** Whether it believes, by its own clocks, that it may act. */
  leads(): boolean;
  readonly alive: boolean;
  pause(ms: number): void;
  kill(): void;
  resign(): void;
  start(): void;
}

export interface CandidateOptions {
  readonly name: string;
  readonly world: World;
  readonly queue: SimulatedQueue;
  readonly faults: Faults;
  readonly onElected: (token: bigint) => void;
  readonly onRefused: (problem: string) => void;
  /** What the queue is asked for. Default: what is believed. */
  readonly visibilityMs?: number | undefined;
}

interface Sim extends CandidateOptions {
  readonly clocks: () => Reading;
  readonly asked: { readonly visibilityMs: number; readonly rate: number };
  state: BatonState;
  alive: boolean;
  pausedUntilMs: number;
  nonces: number;
  wakes: number;
}

export function createCandidate(options: CandidateOptions): SimulatedCandidate {
  const { name, world } = options;
  // A rate within the margin of 2 %, and a wall clock that is hours off.
  const rate = 0.995 + world.unit() * 0.01;
  const offsetMs = world.unit() * 1e8;
  const clocks = (): Reading => {
    const monotonicMs = world.now() * rate;
    return { monotonicMs, epochMs: offsetMs + monotonicMs };
  };
  const self = { candidateId: name, election: 'e', timings: TIMINGS, limits: LIMITS, gated: false };
  const sim: Sim = {
    ...options,
    clocks,
    asked: { visibilityMs: options.visibilityMs ?? TIMINGS.leaseDurationMs, rate },
    state: initialBatonState(self),
    alive: true,
    pausedUntilMs: 0,
    nonces: 0,
    wakes: 0,
  };
  return {
    name,
    get alive() {
      return sim.alive;
    },
    leads() {
      const { phase } = sim.state;
      if (!sim.alive || phase.kind !== 'leading') return false;
      return remainingMs(phase.leading, clocks(), TIMINGS) > 0;
    },
    pause: (ms) => {
      sim.pausedUntilMs = Math.max(sim.pausedUntilMs, world.now() + ms);
    },
    kill: () => {
      sim.alive = false;
    },
    resign: () => feed(sim, { kind: 'resign', why: 'resigned' }),
    start: () => start(sim),
  };
}

function feed(sim: Sim, input: BatonInput): void {
  const { world, name } = sim;
  if (!sim.alive) return;
  if (world.now() < sim.pausedUntilMs) return world.at(sim.pausedUntilMs, () => feed(sim, input));
  sim.nonces += 1;
  const stamp = { at: sim.clocks(), freshNonce: `${name}/${sim.nonces}`, jitter: world.unit() };
  const result = stepBaton(sim.state, { ...input, ...stamp });
  sim.state = result.state;
  for (const effect of result.effects) perform(sim, effect);
  sim.wakes += 1;
  const own = sim.wakes;
  const wakeMs = batonWakeInMs(sim.state, sim.clocks());
  const tick = () => own === sim.wakes && feed(sim, { kind: 'tick' });
  if (wakeMs !== undefined) world.at(world.now() + wakeMs / sim.asked.rate + 0.01, tick);
}

function feedLater(sim: Sim, input: BatonInput): void {
  sim.world.at(sim.world.now() + 1, () => feed(sim, input));
}

function start(sim: Sim): void {
  feedLater(sim, { kind: 'campaign', patience: 'until-elected' });
}

/** Lost, delayed, or so late that it arrives when nobody expects it any more. */
function travel({ world, faults }: Sim, run: () => void): void {
  const chance = faults.network ? world.unit() : 1;
  if (chance < 0.05) return;
  const delayMs = chance < 0.1 ? world.unit() * LATE_MS_MAX : 1 + world.unit() * 30;
  world.at(world.now() + delayMs, run);
}

function call(
  sim: Sim,
  apply: Apply,
  feedAnswer: (outcome: never) => void,
  timeoutMs = TIMINGS.writeTimeoutMs,
): void {
  const { world } = sim;
  let answered = false;
  const answer = (outcome: unknown) => {
    if (answered) return;
    answered = true;
    feedAnswer(outcome as never);
  };
  travel(sim, () => apply((outcome) => travel(sim, () => answer(outcome))));
  const late = { kind: 'unknown', cause: 'late', permanent: false };
  world.at(world.now() + timeoutMs, () => answer(late));
}

const ignore = () => undefined;

function perform(sim: Sim, effect: BatonEffect): void {
  const { world, queue } = sim;
  switch (effect.kind) {
    case 'check-queue':
      return feedLater(sim, { kind: 'checked', outcome: { kind: 'granted', problems: [] } });
    case 'receive':
    case 'send':
    case 'extend':
    case 'delete':
      return ask(sim, effect);
    case 'give-back':
      return call(sim, queue.giveBack(effect.batons), ignore);
    case 'count':
      return call(sim, queue.count(), (outcome) => feed(sim, { kind: 'counted', outcome }));
    case 'seed':
      return call(sim, queue.send(effect.deduplicationId), ignore);
    case 'elected':
      return sim.onElected(effect.leading.token);
    case 'stop': {
      // Most work stops at once; some takes longer than it may.
      const settled = () => feed(sim, { kind: 'settled' });
      return world.at(world.now() + world.unit() ** 4 * 6_000, settled);
    }
    case 'refuse':
      sim.onRefused(effect.problem.kind);
      return start(sim);
    case 'ended':
      return start(sim);
    case 'cut-receive':
    case 'check-health':
    case 'not-elected':
    case 'over':
    case 'note':
      return;
  }
}

type Asking = Extract<BatonEffect, { kind: 'receive' | 'send' | 'extend' | 'delete' }>;

function ask(sim: Sim, effect: Asking): void {
  const { queue, asked } = sim;
  const { id, attempt } = effect;
  const of = { id, attempt };
  switch (effect.kind) {
    case 'receive': {
      const { waitMs } = effect;
      const apply = queue.receive(id, waitMs, asked.visibilityMs);
      const timeoutMs = waitMs + TIMINGS.writeTimeoutMs;
      const fed = (outcome: never) => feed(sim, { kind: 'received', ...of, outcome });
      return call(sim, apply, fed, timeoutMs);
    }
    case 'send':
      return call(sim, queue.send(id), (outcome) => feed(sim, { kind: 'sent', ...of, outcome }));
    case 'extend': {
      const apply = queue.extend(effect.baton, asked.visibilityMs);
      return call(sim, apply, (outcome) => feed(sim, { kind: 'extended', ...of, outcome }));
    }
    case 'delete': {
      const apply = queue.delete(effect.batons);
      return call(sim, apply, (outcome) => feed(sim, { kind: 'deleted', ...of, outcome }));
    }
  }
}
