import { describe, expect, it } from 'vitest';
import type { LeaseRecord } from '../../lib/core/lease/record.ts';
import { changesBetween, feedEventOf } from '../../lib/dashboard/feed.ts';
import { EVERY_EVENT, eventOf } from '../support/journal-events.ts';

const held = (change: Partial<LeaseRecord> = {}): LeaseRecord => ({
  formatVersion: 1,
  token: 3n,
  holder: 'a',
  revision: 'r1',
  leaseDurationMs: 10_000,
  renewIntervalMs: 3_000,
  renewedAtEpochMs: 100_000,
  state: 'leading',
  writtenBy: 'acquire',
  ...change,
});
const kinds = (...of: Parameters<typeof changesBetween>) =>
  changesBetween(...of).map(({ event, lane, says }) =>
    [event, lane, says].filter(Boolean).join(' '),
  );

describe('the feed of a journal', () => {
  it('has every event that the time line draws, in a form that JSON keeps', () => {
    const events = EVERY_EVENT.map(feedEventOf).filter((event) => event !== undefined);

    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
    expect(events.map(({ event }) => event)).toEqual([
      'standby',
      'elected',
      'renewed',
      'draining',
      'resigned',
      'lost',
      'error',
      'refused',
      'error',
    ]);
  });

  it('keeps tokens exactly', () => {
    const event = eventOf({
      event: 'resigned',
      token: 18_849_496_460_467_696_641n,
      released: true,
    });

    expect(feedEventOf(event)?.token).toBe('18849496460467696641');
  });
});

describe('the feed of a record', () => {
  it('says that a leader is seen first, with what is left of its lease', () => {
    expect(changesBetween(undefined, held(), 104_000)).toEqual([
      { event: 'elected', lane: 'a', atEpochMs: 104_000, token: '3', remainingMs: 6_000 },
    ]);
    expect(changesBetween(undefined, held(), 200_000)[0]?.remainingMs).toBe(0);
  });

  it('says that a leader renewed, drains, and has resigned', () => {
    const renewed = held({ revision: 'r2', writtenBy: 'renew' });
    const draining = held({ revision: 'r3', state: 'draining' });
    const vacant = held({ revision: 'r4', holder: undefined, writtenBy: 'release' });

    expect(kinds(held(), held(), 0)).toEqual([]);
    expect(kinds(held(), renewed, 0)).toEqual(['renewed a']);
    expect(kinds(renewed, draining, 0)).toEqual(['renewed a', 'draining a']);
    expect(kinds(draining, vacant, 0)).toEqual(['resigned a']);
    expect(kinds(vacant, vacant, 0)).toEqual([]);
  });

  it('tells a leader that lapsed from one that an operator deposed', () => {
    const next = held({ holder: 'b', token: 4n, revision: 'r2' });
    const deposed = held({ holder: undefined, revision: 'r2', writtenBy: 'operator' });

    expect(kinds(held(), next, 0)).toEqual(['lost a lapsed', 'elected b']);
    expect(kinds(held(), deposed, 0)).toEqual(['lost a deposed']);
  });

  it('sees a new term of the same candidate', () => {
    const again = held({ token: 4n, revision: 'r2' });

    expect(kinds(held(), again, 0)).toEqual(['lost a lapsed', 'elected a']);
  });
});
