/**
 * True time: events in order, and every promise settled before the next one.
 *
 * Two runs that schedule the same events see the same order, to the last tie.
 */
import { type Due, pop, push } from './heap.ts';

export interface Schedule {
  readonly nowMs: number;
  /** Returns what cancels it. */
  at(instantMs: number, event: () => void): () => void;
  /** Runs what falls due until then. */
  run(untilMs: number): Promise<void>;
  readonly eventsRun: number;
}

interface Entry extends Due {
  event: (() => void) | undefined;
}

export function createSchedule(): Schedule {
  const heap: Entry[] = [];
  let nowMs = 0;
  let order = 0;
  let eventsRun = 0;

  return {
    get nowMs() {
      return nowMs;
    },
    get eventsRun() {
      return eventsRun;
    },
    at(instantMs, event) {
      order += 1;
      const entry: Entry = { atMs: Math.max(nowMs, instantMs), order, event };
      push(heap, entry);
      return () => {
        entry.event = undefined;
      };
    },
    run: (untilMs) =>
      new Promise((resolve, reject) => {
        const next = () => {
          try {
            while (heap.length > 0 && (heap[0] as Entry).atMs <= untilMs) {
              const { atMs, event } = pop(heap);
              if (event === undefined) continue;
              nowMs = atMs;
              eventsRun += 1;
              event();
              return promisesSettled(next);
            }
            nowMs = untilMs;
            resolve();
          } catch (error) {
            reject(error);
          }
        };
        // A turn of the event loop first, for other code in this thread.
        setImmediate(next);
      }),
  };
}

/**
 * Calls back once no promise is left that can settle without a timer or I/O: a tick that is asked for
 * by a promise comes after all of them.
 */
function promisesSettled(then: () => void): void {
  queueMicrotask(() => process.nextTick(then));
}
