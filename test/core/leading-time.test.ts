import { describe, expect, it } from 'vitest';
import {
  forgetBefore,
  forgetIn,
  type LeadingSign,
  type LedPeriod,
  type LedPeriods,
  ledMs,
  noteIn,
  noteLeading,
} from '../../lib/core/journal/leading-time.ts';

const sign = (event: string, atEpochMs: number, remainingMs?: number): LeadingSign => ({
  event,
  candidateId: 'a',
  atEpochMs,
  ...(remainingMs !== undefined && { remainingMs }),
});

function periodsAfter(...signs: readonly LeadingSign[]): readonly LedPeriod[] {
  return signs.reduce<readonly LedPeriod[]>(noteLeading, []);
}

const ALL = { fromEpochMs: 0, toEpochMs: 1_000_000 };

describe('leading time', () => {
  it('runs from elected to resigned or lost', () => {
    const resigned = periodsAfter(sign('elected', 1_000, 9_000), sign('resigned', 4_000));
    const lost = periodsAfter(sign('elected', 1_000, 9_000), sign('lost', 5_000));

    expect(ledMs(resigned, ALL)).toBe(3_000);
    expect(ledMs(lost, ALL)).toBe(4_000);
  });

  it('runs on with each renewal, and not beyond the last one’s lease', () => {
    const frozen = periodsAfter(
      sign('elected', 1_000, 9_000),
      sign('renewed', 4_000, 9_000),
      sign('lost', 300_000),
    );

    expect(ledMs(frozen, ALL)).toBe(12_000);
  });

  it('is cut to the window that is asked for', () => {
    const periods = periodsAfter(sign('elected', 1_000, 9_000));

    expect(ledMs(periods, { fromEpochMs: 2_000, toEpochMs: 3_500 })).toBe(1_500);
    expect(ledMs(periods, { fromEpochMs: 20_000, toEpochMs: 30_000 })).toBe(0);
  });

  it('counts two leaders of one process twice', () => {
    const periods = periodsAfter(sign('elected', 0, 5_000), {
      ...sign('elected', 0, 5_000),
      candidateId: 'b',
    });

    expect(ledMs(periods, ALL)).toBe(10_000);
  });

  it('keeps what may yet be renewed and forgets what has ended', () => {
    const ended = periodsAfter(sign('elected', 0, 9_000), sign('resigned', 1_000));
    const open = periodsAfter(sign('elected', 0, 9_000));

    expect(forgetBefore(ended, 1_000)).toEqual([]);
    expect(forgetBefore(open, 9_500)).toEqual(open);
  });

  it('forgets a partition of a group with its last ended term, and keeps the group’s own while it is joined', () => {
    const all: LedPeriods = new Map();
    noteIn(all, { ...sign('joined', 0, 9_000), group: 'g' });
    noteIn(all, { ...sign('elected', 1_000, 8_000), group: 'g', partition: 7 });
    noteIn(all, { ...sign('resigned', 2_000), group: 'g', partition: 7 });

    forgetIn(all, 2_000);

    expect([...all.keys()]).toEqual(['whole']);
  });
});
