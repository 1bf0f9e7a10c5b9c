/**
 * A process that is a member: the real machine, with clocks, work and a network of its own.
 */
import {
  initialMember,
  type MemberState,
  memberWakeInMs,
  type Self,
  stepMember,
  termLeftMs,
} from '../../../lib/core/group/member/machine.ts';
import { deadlineMsOf } from '../../../lib/core/group/member/timing.ts';
import type { MemberEffect, MemberInput } from '../../../lib/core/group/member/traffic.ts';
import { createProcess, type SimulatedProcess } from '../shared/simulated-process.ts';
import { type Answer, type Call, travel, unknownAnswer, type World } from './world.ts';

/** What a run does to the work of one process, until it heals. */
export interface Temper {
  healthy: boolean;
  readonly ailing: Set<number>;
  /** The longest that work takes to settle; the mean is far below. */
  settlesWithinMs: number;
}

export interface Participant {
  readonly name: string;
  readonly process: SimulatedProcess;
  readonly temper: Temper;
  readonly state: MemberState;
  /** Tokens of the terms whose work runs, by partition. */
  readonly working: ReadonlyMap<number, bigint>;
  readonly left: boolean;
  dispatch(input: MemberInput): void;
  /** Whether its term of that partition is not over, by its own clocks. */
  leads(partition: number): boolean;
}

export interface Watchers {
  readonly effect: (participant: Participant, effect: MemberEffect) => void;
}

export interface ParticipantOptions {
  readonly name: string;
  readonly world: World;
  readonly self: Self;
  readonly rate: number;
  readonly wallOffsetMs: number;
  readonly watchers: Watchers;
}

interface Sim extends ParticipantOptions, Pick<Participant, 'process' | 'temper'> {
  readonly working: Map<number, bigint>;
  state: MemberState;
  left: boolean;
  nonces: number;
  running: boolean;
  readonly queue: MemberInput[];
  cancelTimer: () => void;
  participant: Participant;
}

export function startParticipant(options: ParticipantOptions): Participant {
  const process = createProcess(options.world, { ...options, host: options.name });
  const sim = {
    ...options,
    process,
    temper: { healthy: true, ailing: new Set<number>(), settlesWithinMs: 50 },
    working: new Map<number, bigint>(),
    state: initialMember(options.self),
    ...{ left: false, nonces: 0, running: false, queue: [], cancelTimer: () => {} },
  } as Omit<Sim, 'participant'> as Sim;
  sim.participant = {
    name: sim.name,
    process,
    temper: sim.temper,
    working: sim.working,
    get state() {
      return sim.state;
    },
    get left() {
      return sim.left;
    },
    dispatch: (input) => process.enter(() => dispatch(sim, input)),
    leads(partition) {
      const term = sim.state.terms.get(partition);
      if (!process.alive || term === undefined) return false;
      return termLeftMs(sim.state, term, process.clock.now()) > 0;
    },
  };
  return sim.participant;
}

function dispatch(sim: Sim, input: MemberInput): void {
  const { process, queue, name, world } = sim;
  queue.push(input);
  if (sim.running || !process.alive) return;
  sim.running = true;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    sim.nonces += 1;
    const at = process.clock.now();
    const stamp = { at, freshNonce: `${name}/${sim.nonces}`, jitter: world.random.unit() };
    const result = stepMember(sim.state, { ...next, ...stamp });
    sim.state = result.state;
    for (const effect of result.effects) {
      sim.watchers.effect(sim.participant, effect);
      perform(sim, effect);
    }
  }
  sim.running = false;
  sim.cancelTimer();
  const wakeMs = memberWakeInMs(sim.state, process.clock.now());
  const tick = () => dispatch(sim, { kind: 'tick' });
  sim.cancelTimer = wakeMs === undefined ? () => {} : process.clock.setTimer(wakeMs, tick);
}

function perform(sim: Sim, effect: MemberEffect): void {
  const { temper, working, world } = sim;
  switch (effect.kind) {
    case 'read':
    case 'write':
    case 'write-records':
      return call(sim, effect);
    case 'check-health': {
      const ailing = effect.partitions.filter((p) => temper.ailing.has(p));
      return later(sim, 1, { kind: 'health', healthy: temper.healthy, ailing });
    }
    case 'elected':
      working.set(effect.partition, effect.token);
      return;
    case 'stop': {
      const { partition, token } = effect;
      const { random } = world;
      // Most work stops at once; some takes longer than it may.
      const quick = random.chance(0.9);
      const settlesMs = quick ? random.between(1, 20) : random.unit() * temper.settlesWithinMs;
      return later(sim, settlesMs, { kind: 'settled', partition, token });
    }
    case 'left':
    case 'refuse':
      sim.left = true;
      return;
    case 'over':
    case 'ended':
      working.delete(effect.partition);
      return;
    case 'note':
      return;
  }
}

function later(sim: Sim, ms: number, input: MemberInput): void {
  sim.world.at(sim.world.nowMs + ms, () => sim.process.enter(() => dispatch(sim, input)));
}

function call(sim: Sim, effect: Extract<MemberEffect, { request: number }>): void {
  const { world, name, process, self } = sim;
  const { request } = effect;
  world.requests.set(name, (world.requests.get(name) ?? 0) + 1);
  let answered = false;
  const answer = (given: Answer) => {
    if (answered) return;
    answered = true;
    dispatch(sim, inputOf(request, effect, given));
  };
  travel(world, process, effect, answer);
  const late = () => answer(unknownAnswer(effect, 'no answer in time'));
  process.clock.setTimer(deadlineMsOf(effect, self.timings), late);
}

function inputOf(request: number, call: Call, answer: Answer): MemberInput {
  switch (call.kind) {
    case 'read':
      return { kind: 'sighted', request, sighting: answer as never };
    case 'write':
      return { kind: 'written', request, outcome: answer as never };
    case 'write-records':
      return { kind: 'records-written', request, outcomes: answer as never };
  }
}
