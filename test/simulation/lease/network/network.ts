/**
 * The way between a process and the store: delays, losses, repeats, errors, partitions and stale reads.
 *
 * Gives each process a client with the one method that the package calls. Each request is applied
 * at one instant of true time, or never. What the sender learns of it is drawn apart.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Fate } from '../../shared/faults/call-faults.ts';
import type { SimulatedProcess } from '../../shared/simulated-process.ts';
import { createFates, failing } from './fates.ts';
import type { NetworkOptions } from './links.ts';

/** The only delays of a healthy network: milliseconds, as inside a Region. */
const HEALTHY_MS = [1, 12] as const;
const LATE_MS = [200, 7_000] as const;

export function createNetwork(options: NetworkOptions) {
  const { schedule, random, links, healsAtMs } = options;
  const { draw, execute, attempt } = createFates(options);

  /** Nothing is late beyond the healing, so that what is in flight then has landed. */
  const later = (fromMs: number, range: readonly [number, number]) =>
    Math.max(fromMs, Math.min(fromMs + random.between(...range), Math.max(fromMs + 1, healsAtMs)));

  function send(process: SimulatedProcess, command: object, signal: AbortSignal): Promise<object> {
    return new Promise((resolve, reject) => {
      const fate = draw(process, command);
      if (fate?.kills === 'before-send') return options.kill(process, fate.name);
      const fails = (error: () => object) => () => settle(error, resolve, reject);
      const sentMs = schedule.nowMs;
      if (fate?.request === 'reset') {
        const reset = failing('ECONNRESET', 'socket hang up');
        schedule.at(later(sentMs, HEALTHY_MS), () => process.enter(fails(reset)));
        return undefined;
      }
      const vanishes = links.requestsCut.has(process) || links.halfOpen.has(process);
      // Listening costs more than sending: only what may stay without an answer does it.
      if (fate !== undefined || vanishes || links.outage) {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }
      if (fate?.request === 'lost' || vanishes || links.outage) {
        if (fate === undefined) options.trouble(process, 'cut');
        return undefined;
      }
      const arrivesMs = later(sentMs, fate?.request === 'late' ? LATE_MS : HEALTHY_MS);
      schedule.at(arrivesMs, () => arrive(process, command, fate, fails));
      if (fate?.twice) {
        schedule.at(later(arrivesMs, LATE_MS), () => void attempt(process, command));
      }
      return undefined;
    });
  }

  function arrive(
    process: SimulatedProcess,
    command: object,
    fate: Fate | undefined,
    answering: (answer: () => object) => () => void,
  ): void {
    const refusal = links.refusing.get(process);
    if (refusal !== undefined) options.trouble(process, refusal);
    const answer = refusal ? failing(refusal, 'not now') : execute(process, command, fate);
    if (fate?.kills === 'after-apply') return options.kill(process, fate.name);
    if (fate?.answer === 'lost') return;
    const vanishes = links.answersCut.has(process) || links.halfOpen.has(process);
    if (vanishes) return options.trouble(process, 'cut');
    const range = fate?.answer === 'late' ? LATE_MS : HEALTHY_MS;
    schedule.at(later(schedule.nowMs, range), () => {
      process.enter(answering(answer));
      if (fate?.kills === 'after-answer') {
        schedule.at(schedule.nowMs, () => options.kill(process, fate.name));
      }
    });
  }

  return {
    clientOf(process: SimulatedProcess): DynamoDBClient {
      const client = {
        send: (command: object, how: { abortSignal: AbortSignal }) =>
          send(process, command, how.abortSignal),
        config: { region: async () => 'simulated' },
      };
      return client as unknown as DynamoDBClient;
    },
  };
}

function settle(
  answer: () => object,
  resolve: (value: object) => void,
  reject: (error: unknown) => void,
): void {
  try {
    resolve(answer());
  } catch (error) {
    reject(error);
  }
}
