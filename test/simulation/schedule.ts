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

  const precedes = (a: Entry, b: Entry) =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  function push(entry: Entry): void {
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!precedes(entry, heap[parent] as Entry)) break;
      heap[index] = heap[parent] as Entry;
      index = parent;
    }
    heap[index] = entry;
  }

  function pop(): Entry {
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
      push(entry);
      return () => {
        entry.event = undefined;
      };
    },
    async run(untilMs) {
      await turn();
      while (heap.length > 0 && (heap[0] as Entry).atMs <= untilMs) {
        const { atMs, event } = pop();
        if (event === undefined) continue;
        nowMs = atMs;
        eventsRun += 1;
        event();
        await promisesSettled();
      }
      nowMs = untilMs;
    },
  };
}

/** A tick comes once no promise is left that can settle without a timer or I/O. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** A turn of the event loop, for whoever else lives in this thread. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
