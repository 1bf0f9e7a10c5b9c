/**
 * The caller that waits for a campaign: at most one, settled exactly once, gone when its signal aborts.
 */
import type { HeldTerm } from './term.ts';

export interface CampaignCall {
  readonly waiting: boolean;
  /** Runs `start`, then waits; when `signal` aborts, runs `abandon` and rejects with its reason. */
  wait(
    signal: AbortSignal | undefined,
    start: () => void,
    abandon: () => void,
  ): Promise<HeldTerm | undefined>;
  /** Whether a caller still waited. A term without a caller must be given back. */
  resolve(term: HeldTerm | undefined): boolean;
  reject(reason: unknown): void;
}

export function createCampaignCall(): CampaignCall {
  let call: PromiseWithResolvers<HeldTerm | undefined> | undefined;
  const take = () => {
    const taken = call;
    call = undefined;
    return taken;
  };
  return {
    get waiting() {
      return call !== undefined;
    },
    async wait(signal, start, abandon) {
      const own = Promise.withResolvers<HeldTerm | undefined>();
      call = own;
      const give = () => {
        take()?.reject(signal?.reason);
        abandon();
      };
      signal?.addEventListener('abort', give, { once: true });
      try {
        start();
        return await own.promise;
      } finally {
        signal?.removeEventListener('abort', give);
      }
    },
    resolve(term) {
      const taken = take();
      taken?.resolve(term);
      return taken !== undefined;
    },
    reject: (reason) => take()?.reject(reason),
  };
}
