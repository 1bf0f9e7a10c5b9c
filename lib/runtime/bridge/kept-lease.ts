/**
 * A lease of another system, kept by heartbeats: when it is surely held, and when it counts as lost.
 *
 * The rules are those of this package's own lease. The lease is counted from before the first attempt of a
 * heartbeat; an attempt without an answer is neither a success nor a loss; over is final.
 */
import { pessimisticElapsedMs, type Reading } from '../../core/time/instant.ts';
import { InvalidOptionsError } from '../../errors.ts';
import { pause } from '../../pause.ts';
import type { Clock } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';
import { noticingFreezes } from '../clock/noticing-freezes.ts';
import { systemClock } from '../clock/system.ts';
import type { HeldLock } from './bridged.ts';

/** How long a lease of another system is, and how often it is asked about. */
export interface LeaseOptions {
  /** What the programs of today give to their client. */
  readonly leaseDurationMs: number;
  /**
   * Between two attempts to hold the lock, and between two heartbeats of one that is held. At most a third of
   * the lease. Default: three tenths of it.
   */
  readonly everyMs?: number | undefined;
  /** Default: the system’s. A test gives its own. */
  readonly clock?: Clock | undefined;
}

export interface LeaseRhythm {
  readonly leaseDurationMs: number;
  readonly everyMs: number;
  readonly clock: Clock;
}

/** What one heartbeat came to. */
export type Beat = 'held' | 'gone' | 'unknown';

export interface KeptLease {
  /** Before the write that took the lease was sent. */
  readonly since: Reading;
  beat(signal: AbortSignal): Promise<Beat>;
  release(): Promise<void>;
}

/** @throws InvalidOptionsError where the heartbeats would leave no time for a second attempt. */
export function rhythmOf(options: LeaseOptions): LeaseRhythm {
  const { leaseDurationMs, everyMs = leaseDurationMs * 0.3, clock = systemClock } = options;
  if (!(everyMs > 0 && everyMs * 3 <= leaseDurationMs)) {
    throw new InvalidOptionsError([
      `everyMs must be above 0 and at most a third of leaseDurationMs (${leaseDurationMs}), got ${everyMs}; ` +
        'lower everyMs, or raise leaseDurationMs in every program that holds this lock',
    ]);
  }
  return { leaseDurationMs, everyMs, clock: noticingFreezes(clock) };
}

/**
 * What is left of the lease when it counts as lost: for clocks whose rates differ, for late timers, and for
 * work that is in the middle of an effect.
 */
function marginMsOf(leaseDurationMs: number): number {
  return Math.max(50, Math.min(1_000, leaseDurationMs / 10));
}

/** Whether a lease that was written at `since` may be led by now. */
export function remainingMsOf({ leaseDurationMs, clock }: LeaseRhythm, since: Reading): number {
  const elapsedMs = pessimisticElapsedMs(since, clock.now());
  return Math.max(0, leaseDurationMs - marginMsOf(leaseDurationMs) - elapsedMs);
}

/** Sends heartbeats until the lease is lost or released. */
export function keepLease(rhythm: LeaseRhythm, lease: KeptLease): HeldLock {
  const { everyMs, clock } = rhythm;
  const lost = new AbortController();
  let since = lease.since;
  const remainingMs = () => (lost.signal.aborted ? 0 : remainingMsOf(rhythm, since));
  const over = (why: string) => lost.abort(new Error(why));

  /** Ends the lease by the holder's own clock, whatever a heartbeat still waits for. */
  async function expire(): Promise<void> {
    for (let left = remainingMs(); left > 0; left = remainingMs()) {
      await pause(clock, left, lost.signal);
    }
    over('the lease of the lock has run out');
  }

  async function keep(): Promise<void> {
    let sentAt: Reading | undefined;
    while (!lost.signal.aborted) {
      // After an attempt without an answer the next one comes sooner: it may be the last.
      await pause(clock, sentAt === undefined ? everyMs : everyMs / 4, lost.signal);
      if (remainingMs() <= 0) return;
      sentAt ??= clock.now();
      const beat = await withDeadline<Beat>(clock, everyMs, lease.beat, () => 'unknown');
      if (beat === 'gone') return over('another program holds the lock');
      if (beat === 'unknown' || remainingMs() <= 0) continue;
      since = sentAt;
      sentAt = undefined;
    }
  }

  const kept = keep();
  void expire();
  return {
    lost: lost.signal,
    remainingMs,
    async release() {
      over('the lock has been released');
      // A heartbeat on its way would make the release one of a lock that it does not know.
      await kept;
      await lease.release();
    },
  };
}
