/**
 * The row format of the npm package `dynamodb-lock-client`, in its fail-open form.
 */
import { systemClock } from '../clock/system.ts';
import type { OtherLock } from './bridged.ts';
import { type RowFormat, type RowLockOptions, rowLock } from './row-lock.ts';

/** What the package's own versions have. */
const GUID_BYTES = 64;

/**
 * Holds a `FailOpen` lock of that package by its rules: it waits until it has seen one `guid` for the row's
 * `leaseDurationMs`, sets a new one with each heartbeat, and leaves a lease of 1 ms in the end. It counts
 * `fencingToken` on. It does not use the package, whose heartbeats nobody sees: a holder could not tell in time
 * that one was not answered.
 *
 * Not guaranteed: that the package's own holders stop in time. Such a holder learns of a loss by its `error`
 * event, which comes when its SDK has given up, and gives a lock up whose heartbeat was not answered.
 */
export function npmLockClientLock(options: RowLockOptions): OtherLock {
  const { leaseDurationMs, owner = 'tenure', clock = systemClock } = options;
  // Programs with `trustLocalTime` take a row without it for one that has run out.
  const stamp = () => ({ lockAcquiredTimeUnixMs: clock.now().epochMs });
  const format: RowFormat = {
    versionName: 'guid',
    newVersion: () => globalThis.crypto.getRandomValues(new Uint8Array(GUID_BYTES)),
    read({ guid, leaseDurationMs: lease }) {
      // A row without a lease is one of its fail-closed form, which only its holder may end.
      if (!(guid instanceof Uint8Array) || typeof lease !== 'number') return undefined;
      return { version: guid, leaseDurationMs: lease, isFree: false };
    },
    acquired: (seen) => ({
      set: { ...stamp(), leaseDurationMs, owner, fencingToken: tokenAfter(seen?.row) },
    }),
    beaten: () => ({ set: { ...stamp(), leaseDurationMs } }),
    released: () => ({ set: { ...stamp(), leaseDurationMs: 1 } }),
  };
  return rowLock(options, format);
}

function tokenAfter(row: Readonly<Record<string, unknown>> | undefined): number {
  return Number(row?.fencingToken ?? 0) + 1;
}
