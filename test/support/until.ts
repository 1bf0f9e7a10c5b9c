/**
 * Waits for a fact about the world outside: a port that closes, a process that ends.
 *
 * For what can be awaited as an event, await the event instead.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves once `fact` holds; rejects at the deadline, which only a defect should reach. */
export async function until(
  fact: () => boolean | Promise<boolean>,
  options: { withinMs: number; what?: string },
): Promise<void> {
  const deadline = performance.now() + options.withinMs;
  while (!(await fact())) {
    if (performance.now() > deadline) {
      throw new Error(`${options.what ?? 'the fact'} did not hold within ${options.withinMs} ms`);
    }
    await delay(20);
  }
}
