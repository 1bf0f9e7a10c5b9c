/** A wait that a signal ends early. Leaves neither timer nor listener behind. */
import type { Clock } from '../../ports.ts';

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
