/**
 * Waits for a fact about the world outside: a port that closes, a process that ends.
 *
 * For what can be awaited as an event, await the event instead.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** What only a hang takes, on a machine that ten other programs share. */
export const HANG_MS = 120_000;

/** Resolves once `fact` holds; rejects at the deadline, which only a defect should reach. */
export async function until(
  fact: () => boolean | Promise<boolean>,
  options: { readonly withinMs?: number; readonly what?: string } = {},
): Promise<void> {
  const { withinMs = HANG_MS, what = 'the fact' } = options;
  const deadline = performance.now() + withinMs;
  while (!(await fact())) {
    if (performance.now() > deadline) {
      throw new Error(`a deadline passed: ${what} did not hold within ${withinMs} ms`);
    }
    await delay(20);
  }
}
