/**
 * Work that throws is tried again, a limited number of times in a row: what `leadWhile` takes as
 * `retry`.
 *
 * Decides that the role is released in between: another candidate may be able to do what this one
 * cannot. It is an import of its own, so that an election without retries does not bundle it.
 */
import { InvalidOptionsError } from '../../errors.ts';
import { unknownOptions } from '../../option-problems.ts';
import { pause } from '../../pause.ts';
import type { Clock, Random } from '../../ports.ts';

/** What `retrying` takes. Times are in milliseconds. */
export interface RetryOptions {
  /**
   * How often the work is begun, the first time included, before its error ends `leadWhile`.
   * Default: no end.
   */
  readonly attempts?: number | undefined;
  /** Milliseconds from the error to the next campaign. Default 1,000 ms. */
  readonly pauseMs?: number | undefined;
  /** The part of the pause that is left out at random, from 0 to 1. Default 0.5. */
  readonly jitter?: number | undefined;
  /** An error this long after the one before counts as the first again. Default 60,000 ms. */
  readonly forgetAfterMs?: number | undefined;
}

/** What `retrying()` returns. Called once for each `leadWhile`, which then counts by itself. */
export type Retrying = (setting: {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal | undefined;
}) => (error: unknown) => Promise<void>;

const OPTIONS = Object.keys({
  attempts: true,
  pauseMs: true,
  jitter: true,
  forgetAfterMs: true,
} satisfies Record<keyof RetryOptions, true>);

/** @throws InvalidOptionsError for an option that cannot be used. */
export function retrying(options: RetryOptions = {}): Retrying {
  const { attempts = Infinity, pauseMs = 1_000, jitter = 0.5, forgetAfterMs = 60_000 } = options;
  const problems = unknownOptions(options, OPTIONS, { of: 'retrying' });
  if (!(attempts >= 1)) problems.push(`attempts must be at least 1, got ${attempts}; raise it`);
  if (!(pauseMs >= 0)) problems.push(`pauseMs must be at least 0, got ${pauseMs}; raise it`);
  if (!(jitter >= 0 && jitter <= 1)) {
    problems.push(`jitter must be from 0 to 1, got ${jitter}; give a part of the pause`);
  }
  if (!(forgetAfterMs > 0)) {
    problems.push(`forgetAfterMs must be above 0, got ${forgetAfterMs}; raise it`);
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  return ({ clock, random, signal }) => {
    let failures = 0;
    let begunAtMs = clock.now().monotonicMs;
    return async (error) => {
      if (clock.now().monotonicMs - begunAtMs >= forgetAfterMs) failures = 0;
      failures += 1;
      if (failures >= attempts) throw error;
      await pause(clock, pauseMs * (1 - jitter * random.unit()), signal);
      begunAtMs = clock.now().monotonicMs;
    };
  };
}
