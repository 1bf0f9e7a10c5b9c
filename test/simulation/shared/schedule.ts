/**
 * True time: events in order, and every promise settled before the next one.
 *
 * Two runs that schedule the same events see the same order, to the last tie.
 */
export interface Schedule {
  readonly nowMs: number;
  /** Returns what cancels it. */
  at(instantMs: number, event: () => void): () => void;
  /** Runs what falls due until then. */
  run(untilMs: number): Promise<void>;
  readonly eventsRun: number;
}

interface Entry {
  readonly atMs: number;
  readonly order: number;
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
        // A turn of the event loop first, for whoever else lives in this thread.
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

const precedes = (a: Entry, b: Entry) =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!precedes(entry, heap[parent] as Entry)) break;
    heap[index] = heap[parent] as Entry;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): Entry {
  const first = heap[0] as Entry;
  const last = heap.pop() as Entry;
  if (heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && precedes(heap[child + 1] as Entry, heap[child] as Entry))
      child += 1;
    if (!precedes(heap[child] as Entry, last)) break;
    heap[index] = heap[child] as Entry;
    index = child;
  }
  heap[index] = last;
  return first;
}
