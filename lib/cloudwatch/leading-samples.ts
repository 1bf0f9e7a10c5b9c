/**
 * `LeadingSeconds`: one sample for each election, minute and process. `PartitionsLed` and `Members`: the same
 * for each group.
 *
 * Decides that minutes are those of the wall clock, because CloudWatch sums over those. Samples cut
 * elsewhere would show a hand-over as two leaders. A process that does not lead reports 0. So a
 * minute without a leader is a sum of 0 and not missing data.
 */
import { forgetIn, type LedPeriods, ledMs, noteIn } from '../core/journal/leading-time.ts';
import type { Measurement } from '../core/journal/measurements.ts';
import type { Clock, JournalEvent } from '../ports.ts';
import type { Subject } from './metric-line.ts';

const MINUTE_MS = 60_000;
/** A term cannot outlive its last renewal by more than the longest lease, which is a day. */
const LOOK_BACK_MS_MAX = 86_400_000;

export interface LeadingSample extends Subject {
  /** Inside the minute that it counts for. */
  readonly atEpochMs: number;
  readonly measurements: readonly Measurement[];
}

export interface LeadingSamples extends Disposable {
  note(event: JournalEvent): void;
  /** Reports the time led since the last sample, without waiting for the minute to end. */
  flush(): void;
}

interface Account {
  readonly subject: Subject;
  readonly periods: LedPeriods;
  reportedUntilEpochMs: number;
}

export function leadingSamples(
  clock: Clock,
  emit: (sample: LeadingSample) => void,
): LeadingSamples {
  const accounts = new Map<string, Account>();
  let cancelTimer: (() => void) | undefined;

  function note(event: JournalEvent): void {
    const { periods } = accounts.get(keyOf(event)) ?? open(event);
    noteIn(periods, event);
  }

  function open({ election, group, store, atEpochMs }: JournalEvent): Account {
    const subject = { election: group ?? election, group, store };
    const account: Account = { subject, periods: new Map(), reportedUntilEpochMs: atEpochMs };
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
      const measurements = ledIn(account, { fromEpochMs: from, toEpochMs: to });
      // Minutes missed while the process was frozen need no zeros; the last whole one does.
      const isLastWholeMinute = to === toEpochMs && to === startOfMinute(to);
      if (isLastWholeMinute || measurements.some(({ value }) => value > 0)) {
        emit({ ...account.subject, atEpochMs: from, measurements });
      }
    }
    // The minimum also covers a wall clock that was set back: no time is reported twice, and
    // reports go on.
    account.reportedUntilEpochMs = Math.min(toEpochMs, clock.now().epochMs);
    forgetIn(account.periods, account.reportedUntilEpochMs);
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

function ledIn(
  { subject, periods }: Account,
  window: { readonly fromEpochMs: number; readonly toEpochMs: number },
): readonly Measurement[] {
  const wholeMs = ledMs(periods.get('whole') ?? [], window);
  if (subject.group === undefined) return [{ name: 'LeadingSeconds', value: wholeMs / 1_000 }];
  const partitionsMs = [...periods].reduce(
    (sum, [led, some]) => (led === 'whole' ? sum : sum + ledMs(some, window)),
    0,
  );
  return [
    { name: 'PartitionsLed', value: partitionsMs / MINUTE_MS },
    { name: 'Members', value: wholeMs / MINUTE_MS },
  ];
}

/** Elections of one name in two tables are two, and so are an election and a group of one name. */
export function keyOf({ election, group, store }: Subject): string {
  return JSON.stringify([store, group ?? election, group !== undefined]);
}

function startOfMinute(epochMs: number): number {
  return Math.floor(epochMs / MINUTE_MS) * MINUTE_MS;
}
