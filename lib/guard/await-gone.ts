/**
 * Asks the kernel whether a process is gone, from the moment at which its channel ended.
 *
 * A channel ends an instant before its process does, so asking soon and then less often is enough.
 * Asking ends once no will can be of use any more: the lease then lapses by itself.
 */
import type { WillExecutor } from './executor.ts';

const ASK_AGAIN_MS = 1;
const ASK_AGAIN_MS_MAX = 50;

/** Resolves with whether it is gone; `false` once every lease has lapsed. */
export async function awaitGone(
  isGone: () => boolean,
  executor: Pick<WillExecutor, 'lapsesInMs'>,
): Promise<boolean> {
  for (let delayMs = ASK_AGAIN_MS; ; delayMs = Math.min(ASK_AGAIN_MS_MAX, delayMs * 2)) {
    if (isGone()) return true;
    if (executor.lapsesInMs() <= 0) return false;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
  }
}
