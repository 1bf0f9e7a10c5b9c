/**
 * Between the feed and the pages that are open: keeps the time line, and tells every page what changed.
 *
 * Decides that events are gathered for a moment before they are sent. A page that cannot keep up
 * gets the whole time line again instead of a growing queue.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { FeedEvent } from './feed.ts';
import { addEvent, EMPTY_TIMELINE, type Timeline } from './timeline.ts';

export type HubMessage =
  | { readonly kind: 'snapshot'; readonly nowEpochMs: number; readonly timeline: Timeline }
  | { readonly kind: 'events'; readonly nowEpochMs: number; readonly events: readonly FeedEvent[] };

export interface Hub {
  readonly timeline: Timeline;
  publish(event: FeedEvent): void;
  /** A snapshot, then what happens, until `signal` aborts. Never silent for long. */
  follow(signal: AbortSignal): AsyncGenerator<HubMessage, void, void>;
}

/** Two frames: a viewer does not see the delay, and a burst needs few messages. */
const GATHER_MS = 33;
/** Tells a page that the server is there, and what time it is. */
const HEARTBEAT_MS = 2_000;
const PENDING_MAX = 1_000;

export function createHub(options: { nowEpochMs?: (() => number) | undefined } = {}): Hub {
  const nowEpochMs = options.nowEpochMs ?? Date.now;
  const listeners = new Set<(event: FeedEvent) => void>();
  let timeline = EMPTY_TIMELINE;

  async function* follow(signal: AbortSignal): AsyncGenerator<HubMessage, void, void> {
    let pending: FeedEvent[] = [];
    let overrun = false;
    let wake = () => {};
    const listener = (event: FeedEvent) => {
      overrun ||= pending.length >= PENDING_MAX;
      if (overrun) pending = [];
      else pending.push(event);
      wake();
    };
    listeners.add(listener);
    try {
      yield { kind: 'snapshot', nowEpochMs: nowEpochMs(), timeline };
      while (!signal.aborted) {
        if (pending.length === 0 && !overrun) {
          await quiet((resolve) => {
            wake = resolve;
          }, signal);
        }
        if (pending.length > 0) await delay(GATHER_MS);
        if (signal.aborted) return;
        const events = pending;
        const isWhole = overrun;
        pending = [];
        overrun = false;
        yield isWhole
          ? { kind: 'snapshot', nowEpochMs: nowEpochMs(), timeline }
          : { kind: 'events', nowEpochMs: nowEpochMs(), events };
      }
    } finally {
      listeners.delete(listener);
    }
  }

  return {
    get timeline() {
      return timeline;
    },
    publish(event) {
      timeline = addEvent(timeline, event);
      for (const listener of listeners) listener(event);
    },
    follow,
  };
}

/** Until woken, until the next heartbeat is due, or until aborted; leaves nothing behind. */
function quiet(onWake: (resolve: () => void) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, HEARTBEAT_MS);
    signal.addEventListener('abort', done);
    onWake(done);
  });
}
