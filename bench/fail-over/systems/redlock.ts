/**
 * The npm package `redlock` on one real Redis: extended each renew interval, led until an extension
 * fails, as its README shows. It gives no token, so a fence has nothing to compare.
 */
import { Redis } from 'ioredis';
import Redlock, { type Lock } from 'redlock';
import { aborted, run } from '../program.ts';

/** The package's own default between two attempts. */
const RETRY_DELAY_MS = 200;

run(async (order, stage) => {
  const { host, port, leaseDurationMs, renewIntervalMs, election } = order;
  const redis = new Redis({ host, port });
  redis.on('error', () => undefined);
  const redlock = new Redlock([redis], {
    retryCount: Number.MAX_SAFE_INTEGER,
    retryDelay: RETRY_DELAY_MS,
  });
  redlock.on('clientError', () => undefined);

  /** Until an extension fails or the process is told to stop; says whether it failed. */
  const lead = async (lock: Lock): Promise<boolean> => {
    let failed = false;
    stage.take({ believes: () => !failed });
    while (!stage.signal.aborted) {
      const pause = new Promise((resolve) => setTimeout(resolve, renewIntervalMs));
      await Promise.race([pause, aborted(stage.signal)]);
      if (stage.signal.aborted) break;
      const extended = await lock.extend(leaseDurationMs).catch(() => undefined);
      if (extended !== undefined) continue;
      failed = true;
      break;
    }
    stage.leave();
    return failed;
  };

  while (!stage.signal.aborted) {
    const lock = await Promise.race([
      redlock.acquire(election, leaseDurationMs),
      aborted(stage.signal),
    ]);
    if (lock === undefined) return;
    if (!(await lead(lock))) await lock.unlock().catch(() => undefined);
  }
});
