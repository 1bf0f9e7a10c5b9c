/** A wait of a simulated process, by its own clock, that a signal ends early. */
import type { SimulatedProcess } from './simulated-process.ts';

export function pause(
  { clock }: SimulatedProcess,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const over = () => {
      cancel();
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const cancel = clock.setTimer(ms, over);
    signal?.addEventListener('abort', over);
  });
}
