/**
 * The way between a process and the queue: delays, losses, repeats, errors and partitions, over the queue's own
 * rules. What an error means is the adapter's to say.
 */
import type { BatonQueue } from '../../../lib/ports.ts';
import { holdFailure, receiveFailure, unknownOf } from '../../../lib/sqs/sqs-answers.ts';
import { FATES, type Fate } from '../shared/faults/call-faults.ts';
import type { SimulatedProcess } from '../shared/simulated-process.ts';
import type { Apply } from './network.ts';
import { HEALS_AT_MS, LATE_MS_MAX, LIMITS, type World } from './world.ts';

const PROMPT_MS = [1, 30] as const;
const LATE_MS = [200, LATE_MS_MAX] as const;
const URL = 'https://sqs.example/1/baton.fifo';

type How = { readonly signal: AbortSignal };

interface Call<T> {
  readonly apply: Apply;
  readonly isWrite: boolean;
  /** What the adapter makes of an error. */
  readonly failure: (cause: Error) => T;
}

export function wayToQueue(world: World, process: SimulatedProcess): BatonQueue {
  const { queue, visibilityMs } = world;
  const unknown = (cause: Error) => unknownOf(cause, URL);
  const ask = <T>(call: Call<T>, { signal }: How) => send(world, process, call, signal);
  const read = (apply: Apply, how: How) => ask({ apply, isWrite: false, failure: unknown }, how);
  const hold = (apply: Apply, how: How) => {
    const failure = (cause: Error) => holdFailure(cause, URL);
    return ask({ apply, isWrite: true, failure }, how);
  };
  return {
    limits: LIMITS,
    check: (how) => read((done) => done({ kind: 'granted', problems: [] }), how) as never,
    receive: ({ attemptId, waitMs }, how) => {
      const apply = queue.receive(attemptId, waitMs, visibilityMs);
      const failure = (cause: Error) => receiveFailure(cause, URL);
      return ask({ apply, isWrite: false, failure }, how);
    },
    send: ({ deduplicationId }, how) =>
      ask({ apply: queue.send(deduplicationId), isWrite: true, failure: unknown }, how) as never,
    extend: (baton, how) => hold(queue.extend(baton, visibilityMs), how),
    delete: (batons, how) => hold(queue.delete(batons), how),
    giveBack: async (batons, how) => void (await hold(queue.giveBack(batons), how)),
    count: (how) => read(queue.count(), how) as never,
  };
}

function draw(world: World, isWrite: boolean): Fate | undefined {
  const { schedule, random, enabled, callFaultRate } = world;
  if (schedule.nowMs >= HEALS_AT_MS || !random.chance(callFaultRate)) return undefined;
  const possible = FATES.filter(({ name, strikes }) => {
    const fits = strikes === undefined || (strikes === 'writes' && isWrite);
    return fits && enabled.has(name);
  });
  if (possible.length === 0) return undefined;
  const fate = random.pick(possible);
  world.coverage.hit(fate.name);
  return fate;
}

function send<T>(
  world: World,
  process: SimulatedProcess,
  { apply, isWrite, failure }: Call<T>,
  signal: AbortSignal,
): Promise<T> {
  const { schedule, random } = world;
  const after = (range: readonly [number, number], then: () => void) =>
    schedule.at(schedule.nowMs + random.between(...range), then);
  return new Promise((resolve, reject) => {
    const fate = draw(world, isWrite);
    if (fate?.kills === 'before-send') return world.kill(process, fate.name);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    const answer = (outcome: T) => {
      if (fate?.answer === 'lost' || world.cut.has(process)) return;
      after(fate?.answer === 'late' ? LATE_MS : PROMPT_MS, () => {
        process.enter(() => resolve(outcome));
        if (fate?.kills === 'after-answer') world.kill(process, fate.name);
      });
    };
    if (fate?.request === 'reset') return answer(failure(named('ECONNRESET')));
    if (fate?.request === 'lost' || world.cut.has(process)) return undefined;
    const arrive = () => {
      const refusal = world.refusing.get(process);
      if (refusal !== undefined) return answer(failure(named(refusal)));
      const { fails } = fate ?? {};
      if (fails && !fails.applied) return answer(failure(named(random.pick(fails.by))));
      return apply((outcome) => {
        if (fate?.kills === 'after-apply') return world.kill(process, fate.name);
        answer(fails ? failure(named(random.pick(fails.by))) : (outcome as T));
      });
    };
    after(fate?.request === 'late' ? LATE_MS : PROMPT_MS, arrive);
    if (fate?.twice) after(LATE_MS, () => apply(() => {}));
    return undefined;
  });
}

/** As the SDK throws it: all but a lost connection and what never left is an answer with a status. */
function named(name: string): Error {
  const unanswered = name === 'ECONNRESET' || name === 'CredentialsProviderError';
  const httpStatusCode = name === 'InternalServerError' ? 500 : 400;
  const $metadata = unanswered ? {} : { httpStatusCode };
  return Object.assign(new Error('not now'), { name, $metadata });
}
