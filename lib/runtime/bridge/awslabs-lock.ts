/**
 * The row format of awslabs' lock client for Java, `com.amazonaws:dynamodb-lock-client`.
 */
import { systemRandom } from '../clock/system.ts';
import type { OtherLock } from './bridged.ts';
import { type RowFormat, type RowLockOptions, rowLock } from './row-lock.ts';

/**
 * Holds a lock of awslabs' Java client by its rules: it waits until it has seen one `recordVersionNumber` for
 * the row's `leaseDuration`, sets a new one with each heartbeat, and marks the row `isReleased` in the end.
 * The row's `data`, and attributes of yours, stay as they are.
 *
 * Not guaranteed: that the Java client stops its work in time. It gives a lock up whose heartbeat was not
 * answered, and its work learns of a loss only where it asks `isExpired`, or by its session monitor.
 */
export function awslabsLock(options: RowLockOptions): OtherLock {
  const { leaseDurationMs, owner = 'tenure' } = options;
  const format: RowFormat = {
    versionName: 'recordVersionNumber',
    newVersion: () => systemRandom.nonce(),
    read({ recordVersionNumber, leaseDuration, isReleased }) {
      if (typeof recordVersionNumber !== 'string') return undefined;
      const isFree = isReleased !== undefined;
      return { version: recordVersionNumber, leaseDurationMs: Number(leaseDuration), isFree };
    },
    acquired: () => ({
      set: { ownerName: owner, leaseDuration: `${leaseDurationMs}` },
      remove: ['isReleased'],
    }),
    beaten: () => ({ set: { leaseDuration: `${leaseDurationMs}` } }),
    released: () => ({ set: { isReleased: '1' } }),
  };
  return rowLock(options, format);
}
