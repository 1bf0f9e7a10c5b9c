/**
 * `LeadingSeconds`: one sample for each election, minute and process.
 *
 * Decides that minutes are those of the wall clock, because CloudWatch sums over those: samples cut
 * elsewhere would show a hand-over as two leaders. A process that does not lead reports 0, so that
 * nobody leading is a sum of 0 and not missing data.
 */
import { forgetBefore, type LedPeriod, ledMs, noteLeading } from '../core/journal/leading-time.ts';
import type { Clock, JournalEvent } from '../ports.ts';
import type { Subject } from './metric-line.ts';

const MINUTE_MS = 60_000;
/** A term cannot outlive its last renewal by more than the longest lease, which is a day. */
const LOOK_BACK_MS_MAX = 86_400_000;

export interface LeadingSample extends Subject {
  /** Inside the minute that it counts for. */
  readonly atEpochMs: number;
  readonly seconds: number;
}

export interface LeadingSamples extends Disposable {
  note(event: JournalEvent): void;
  /** Reports what was led since the last sample, without waiting for the minute to end. */
  flush(): void;
}

interface Account {
  readonly subject: Subject;
  periods: readonly LedPeriod[];
  reportedUntilEpochMs: number;
}

export function leadingSamples(
  clock: Clock,
  emit: (sample: LeadingSample) => void,
): LeadingSamples {
  const accounts = new Map<string, Account>();
  let cancelTimer: (() => void) | undefined;

  function note(event: JournalEvent): void {
    // A thousand partitions would be a thousand metrics.
    if (event.group !== undefined) return;
    const account = accounts.get(keyOf(event)) ?? open(event);
    account.periods = noteLeading(account.periods, event);
  }

  function open({ election, store, atEpochMs }: JournalEvent): Account {
    const subject = { election, store };
    const account: Account = { subject, periods: [], reportedUntilEpochMs: atEpochMs };
    accounts.set(keyOf(subject), account);
    if (cancelTimer === undefined) arm();
    return account;
  }

  function arm(): void {
    const { epochMs } = clock.now();
    cancelTimer = clock.setTimer(Math.max(1, startOfMinute(epochMs) + MINUTE_MS - epochMs), ring);
  }

  function ring(): void {
    const toEpochMs = startOfMinute(clock.now().epochMs);
    for (const account of accounts.values()) report(account, toEpochMs);
    arm();
  }

  function report(account: Account, toEpochMs: number): void {
    const since = Math.max(account.reportedUntilEpochMs, toEpochMs - LOOK_BACK_MS_MAX);
    for (let from = since; from < toEpochMs; from = startOfMinute(from) + MINUTE_MS) {
      const to = Math.min(toEpochMs, startOfMinute(from) + MINUTE_MS);
      const seconds = ledMs(account.periods, { fromEpochMs: from, toEpochMs: to }) / 1_000;
      // Minutes missed while the process was frozen need no zeros; the last whole one does.
      const isLastWholeMinute = to === toEpochMs && to === startOfMinute(to);
      if (seconds > 0 || isLastWholeMinute) {
        emit({ ...account.subject, atEpochMs: from, seconds });
      }
    }
    // Also where the wall clock was set back: nothing is reported twice, and silence does not last.
    account.reportedUntilEpochMs = Math.min(toEpochMs, clock.now().epochMs);
    account.periods = forgetBefore(account.periods, account.reportedUntilEpochMs);
  }

  function flush(): void {
    const { epochMs } = clock.now();
    for (const account of accounts.values()) {
      if (epochMs !== account.reportedUntilEpochMs) report(account, epochMs);
    }
  }

  return {
    note,
    flush,
    [Symbol.dispose]() {
      flush();
      cancelTimer?.();
      accounts.clear();
      cancelTimer = undefined;
    },
  };
}

/** Elections of one name in two tables are two. */
export function keyOf({ election, store }: Subject): string {
  return JSON.stringify([store, election]);
}

function startOfMinute(epochMs: number): number {
  return Math.floor(epochMs / MINUTE_MS) * MINUTE_MS;
}
