/** What is due, the first first, and of two at one instant the one that was asked for first. */

export interface Due {
  readonly atMs: number;
  readonly order: number;
}

const precedes = (a: Due, b: Due) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Adds what is due some time. */
export function push<T extends Due>(heap: T[], entry: T): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!precedes(entry, heap[parent] as T)) break;
    heap[index] = heap[parent] as T;
    index = parent;
  }
  heap[index] = entry;
}

/** Takes what is due first. There must be something. */
export function pop<T extends Due>(heap: T[]): T {
  const first = heap[0] as T;
  const last = heap.pop() as T;
  if (heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && precedes(heap[child + 1] as T, heap[child] as T)) child += 1;
    if (!precedes(heap[child] as T, last)) break;
    heap[index] = heap[child] as T;
    index = child;
  }
  heap[index] = last;
  return first;
}
