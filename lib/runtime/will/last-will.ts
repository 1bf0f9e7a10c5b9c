/**
 * The leader's side of the last will. After each confirmation it prepares the release of its term
 * and hands it to its guardian.
 *
 * Decides when a will is written again. The guardian, never the leader, decides when it is
 * executed.
 */

import type { Timings } from '../../core/time/timing.ts';
import type { Token } from '../../core/token.ts';
import { formatToken } from '../../core/token.ts';
import type { PreparedRequest, Will } from '../../core/will/will.ts';
import type { Clock, Guardian, Hints, Journal, Player } from '../../ports.ts';

/**
 * AWS accepts a signature for five minutes, or until its credentials end. A lease may be renewed
 * less often than that.
 */
const SIGN_AGAIN_MS = 60_000;

export interface LastWillOptions {
  readonly election: string;
  readonly candidateId: string;
  readonly timings: Timings;
  readonly clock: Clock;
  readonly guardian: Guardian;
  readonly hints?: Hints | undefined;
  /** Called once the player is there: a journal is needed before it. */
  readonly player: () => Player;
  /** A will could not be prepared. If this process dies, the lease lapses. */
  readonly failed: (cause: unknown) => void;
}

/** To be told of every event of the election. */
export function keepLastWill(options: LastWillOptions): Journal {
  const { election, candidateId, clock, guardian, timings } = options;
  let current: { readonly token: Token; readonly lapsesAt: number } | undefined;
  let preparing = false;
  /** A confirmation came while a will was prepared, and that will may be of the term before. */
  let again = false;
  let cancelTimer = () => {};

  async function prepare(): Promise<void> {
    cancelTimer();
    again = preparing;
    if (preparing || current === undefined) return;
    preparing = true;
    const { token } = current;
    try {
      const requests = await requestsOf(options, token);
      if (requests.length > 0 && current?.token === token) guardian.told(willOf(token, requests));
    } catch (cause) {
      options.failed(cause);
    } finally {
      preparing = false;
      if (again) void prepare();
      else if (current !== undefined) cancelTimer = signAgainLater();
    }
  }

  /**
   * In the background: a process that has nothing else to do ends, and its will is then executed.
   */
  function signAgainLater(): () => void {
    return clock.setTimer(SIGN_AGAIN_MS, () => void prepare(), { background: true });
  }

  function willOf(token: Token, requests: readonly PreparedRequest[]): Will {
    const lapsesInMs = (current?.lapsesAt ?? 0) - clock.now().monotonicMs;
    const { settleMs } = timings;
    return { election, candidateId, token: formatToken(token), requests, settleMs, lapsesInMs };
  }

  function withdraw(token: Token): void {
    cancelTimer();
    current = undefined;
    guardian.withdrawn({ election, candidateId, token: formatToken(token) });
  }

  return {
    record(event) {
      switch (event.event) {
        case 'elected':
        case 'renewed': {
          // The margin is the holder's own caution. For all others the lease lasts until its end.
          const leftMs = event.remainingMs + timings.marginMs;
          current = { token: event.token, lapsesAt: clock.now().monotonicMs + leftMs };
          void prepare();
          return;
        }
        case 'lost':
        case 'resigned':
          return withdraw(event.token);
        case 'standby':
        case 'outrun':
        case 'draining':
        case 'stuck':
        case 'fence-rejected':
        case 'error':
          return;
      }
    },
  };
}

/**
 * The release, and after it the hint that wakes a standby; empty where the store cannot prepare
 * requests.
 */
async function requestsOf(
  { player, hints }: LastWillOptions,
  token: Token,
): Promise<readonly PreparedRequest[]> {
  const release = await player().prepareRelease?.(token);
  if (release === undefined) return [];
  const hint = await hints?.prepareAnnounce?.();
  return hint === undefined ? [release] : [release, hint];
}
