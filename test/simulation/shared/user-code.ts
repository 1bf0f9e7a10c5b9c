/**
 * What a user's own code may do to the election that calls it: abort the campaign, throw, call back into
 * the election, take its time, never return.
 *
 * Each callback behaves until a run strikes it, and again once the run has healed: what had not returned
 * does so then.
 */
import type { SeededRandom } from './random.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Those that answer at once, and those that are awaited. */
const SYNCHRONOUS = ['journal', 'score'] as const;
const AWAITED = ['healthy', 'announce', 'wait', 'work'] as const;
export const CALLBACKS = [...SYNCHRONOUS, ...AWAITED] as const;
export type Callback = (typeof CALLBACKS)[number];

export const MISCHIEFS = [
  'callback-aborts',
  'callback-throws',
  'callback-calls-back',
  'callback-takes-time',
  'callback-never-returns',
] as const;
export type Mischief = (typeof MISCHIEFS)[number];

export interface UserCode {
  /** Strikes one callback, this one or any, until `heal`. */
  strike(mischief: Mischief, callback?: Callback): void;
  heal(): void;
  /**
   * The callback is called. A callback that behaves does nothing; an awaited one may throw before
   * it returns a promise.
   */
  met(callback: Callback, what?: string): Promise<void> | undefined;
}

export interface UserCodeOptions {
  readonly random: SeededRandom;
  readonly process: SimulatedProcess;
  /** Ends the campaign, as a signal of the user's does. */
  readonly abort: () => void;
  /** Uses the election from inside its own call. */
  readonly callBack: () => void;
  /** The longest that a callback takes. */
  readonly takesMsMax: number;
  readonly hit: (what: string) => void;
}

export function createUserCode(options: UserCodeOptions): UserCode {
  const { random, process, takesMsMax, hit } = options;
  const moods = new Map<Callback, { mischief: Mischief; only?: string | undefined }>();
  const hanging = new Set<() => void>();

  function met(callback: Callback, what?: string): Promise<void> | undefined {
    const mood = moods.get(callback);
    if (mood === undefined || (mood.only !== undefined && mood.only !== what)) return undefined;
    hit(`${callback} ${mood.mischief}`);
    switch (mood.mischief) {
      case 'callback-aborts':
        moods.delete(callback);
        options.abort();
        return undefined;
      case 'callback-throws':
        throw new Error(`the ${callback} callback failed`);
      case 'callback-calls-back':
        moods.delete(callback);
        options.callBack();
        return undefined;
      case 'callback-takes-time': {
        const forMs = random.between(0, takesMsMax);
        return new Promise((resolve) => void process.clock.setTimer(forMs, resolve));
      }
      case 'callback-never-returns':
        return new Promise((resolve) => void hanging.add(resolve));
    }
  }

  return {
    strike(mischief, chosen) {
      const awaited = mischief === 'callback-takes-time' || mischief === 'callback-never-returns';
      const callback = chosen ?? random.pick<Callback>(awaited ? AWAITED : CALLBACKS);
      // The instant of the election is where a journal can do most harm.
      const only = callback === 'journal' && random.chance(0.5) ? 'elected' : undefined;
      moods.set(callback, { mischief, only });
    },
    heal() {
      moods.clear();
      for (const resume of hanging) process.enter(resume);
      hanging.clear();
    },
    met,
  };
}
