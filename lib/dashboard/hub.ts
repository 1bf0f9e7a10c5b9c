/**
 * Between the feed and the pages that are open: keeps what they show, and tells every page what changed.
 *
 * Decides that events are gathered for a moment before they are sent. A page that cannot keep up
 * gets the whole state again instead of a growing queue.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { addBoardEvent, type Board, type BoardEvent, EMPTY_BOARD } from './board.ts';
import type { FeedEvent } from './feed.ts';
import { addEvent, EMPTY_TIMELINE, type Timeline } from './timeline.ts';

/** What a page is sent: all at first, and then what happens. */
export type HubMessage<State = Timeline, Event = FeedEvent> =
  | { readonly kind: 'snapshot'; readonly nowEpochMs: number; readonly state: State }
  | { readonly kind: 'events'; readonly nowEpochMs: number; readonly events: readonly Event[] };

interface HubOf<Shows extends 'election' | 'group', State, Event> {
  /** Which page shows it. */
  readonly shows: Shows;
  readonly state: State;
  publish(event: Event): void;
  /** A snapshot, then what happens, until `signal` aborts. Never silent for long. */
  follow(signal: AbortSignal): AsyncGenerator<HubMessage<State, Event>, void, void>;
}

/** Of an election: the time line of its candidates. */
export type Hub = HubOf<'election', Timeline, FeedEvent>;

/** Of a group: who leads each partition. */
export type GroupHub = HubOf<'group', Board, BoardEvent>;

/** Two frames: a viewer does not see the delay, and a burst needs few messages. */
const GATHER_MS = 33;
/** Tells a page that the server is there, and what time it is. */
const HEARTBEAT_MS = 2_000;
const PENDING_MAX = 1_000;

interface HubOptions {
  /** Default: the wall clock. */
  readonly nowEpochMs?: (() => number) | undefined;
}

/** Gathers events, and tells them to every page that follows. */
export function createHub({ nowEpochMs = Date.now }: HubOptions = {}): Hub {
  return hubOf('election', { first: EMPTY_TIMELINE, add: addEvent, nowEpochMs });
}

/** As `createHub`, of a group. */
export function createGroupHub({ nowEpochMs = Date.now }: HubOptions = {}): GroupHub {
  return hubOf('group', { first: EMPTY_BOARD, add: addBoardEvent, nowEpochMs });
}

function hubOf<Shows extends 'election' | 'group', State, Event>(
  shows: Shows,
  of: {
    readonly first: State;
    readonly add: (state: State, event: Event) => State;
    readonly nowEpochMs: () => number;
  },
): HubOf<Shows, State, Event> {
  const { add, nowEpochMs } = of;
  const listeners = new Set<(event: Event) => void>();
  let state = of.first;

  async function* follow(
    signal: AbortSignal,
  ): AsyncGenerator<HubMessage<State, Event>, void, void> {
    let pending: Event[] = [];
    let overrun = false;
    let wake = () => {};
    const listener = (event: Event) => {
      overrun ||= pending.length >= PENDING_MAX;
      if (overrun) pending = [];
      else pending.push(event);
      wake();
    };
    listeners.add(listener);
    try {
      yield { kind: 'snapshot', nowEpochMs: nowEpochMs(), state };
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
          ? { kind: 'snapshot', nowEpochMs: nowEpochMs(), state }
          : { kind: 'events', nowEpochMs: nowEpochMs(), events };
      }
    } finally {
      listeners.delete(listener);
    }
  }

  return {
    shows,
    get state() {
      return state;
    },
    publish(event) {
      state = add(state, event);
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
