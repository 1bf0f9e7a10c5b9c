/** Waits that a signal ends early. They leave neither timer nor listener behind. */
import type { Clock } from './ports.ts';

export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = () => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.setTimer(ms, wake);
    signal?.addEventListener('abort', wake);
  });
}

/** As `pause`, but rejects with the signal's reason. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await pause(clock, ms, signal);
  signal.throwIfAborted();
}
