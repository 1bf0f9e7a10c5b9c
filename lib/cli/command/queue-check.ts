/**
 * Whether a queue can elect, asked once at start. Later the program waits for a queue that does not
 * answer. At start a silent queue is more often a wrong URL than an outage.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type BatonMechanism, InvalidOptionsError, type Timings } from '../../index.ts';
import { inUserTerms } from '../terminal/user-terms.ts';

/** Long enough for the SDK to look for credentials everywhere, short enough for a person to wait. */
const CHECK_TIMEOUT_MS = 10_000;
/** A queue that has just been started may refuse connections for a moment. */
const ATTEMPTS = 4;
const PAUSE_MS = 500;

export interface QueueCheck {
  readonly via: BatonMechanism;
  readonly election: string;
  readonly timings: Timings;
  /** Abandons the check, which then says nothing. */
  readonly stop: AbortSignal;
}

/** @throws InvalidOptionsError, NotFoundError, AccessDeniedError or UnreachableError. */
export async function checkQueue({ via, election, timings, stop }: QueueCheck): Promise<void> {
  const queue = via.open({ name: election, timings });
  let cause: unknown;
  for (let attempt = 0; attempt < ATTEMPTS && !stop.aborted; attempt += 1) {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(CHECK_TIMEOUT_MS)]);
    const outcome = await queue.check({ signal });
    if (outcome.kind === 'granted') {
      if (outcome.problems.length > 0) throw new InvalidOptionsError(outcome.problems);
      return;
    }
    cause = inUserTerms(outcome.cause);
    if (outcome.permanent || outcome.denied || cause !== outcome.cause) throw cause;
    await delay(PAUSE_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  if (!stop.aborted) throw cause;
}
