/**
 * Listens for hints while a candidate waits. A channel that fails costs hints, nothing else.
 */
import type { Timings } from '../../core/time/timing.ts';
import { pause } from '../../pause.ts';
import type { Clock, Hints } from '../../ports.ts';

/**
 * How long a campaign, and a standby that a hint has woken, may take to be elected before it
 * listens: a few round trips. A leader needs no hint, and an open poll costs requests to end. A
 * hint that is sent in this time waits in its queue.
 */
const LISTEN_AFTER_MS = 500;

/** Calls back for each hint, until stopped. Returns what stops it. */
export function awaitHints(
  hints: Hints,
  clock: Clock,
  timings: Timings,
  onHint: () => void,
): () => void {
  const abort = new AbortController();
  const { signal } = abort;
  const listen = async () => {
    for (;;) {
      await pause(clock, LISTEN_AFTER_MS, signal);
      if (signal.aborted) return;
      // A channel may throw before it returns a promise. That is a failure too.
      const heard = await (async () => hints.wait({ signal }))().then(
        () => true,
        () => false,
      );
      if (signal.aborted) return;
      if (heard) onHint();
      // A channel that is down is asked no more often than the record itself is read.
      else await pause(clock, timings.renewIntervalMs, signal);
    }
  };
  void listen();
  return () => abort.abort();
}
