import { describe, expect, it } from 'vitest';
import type { FeedEvent, FeedEventKind } from '../../lib/dashboard/feed.ts';
import {
  addEvent,
  EMPTY_TIMELINE,
  gapsOf,
  KEPT_MS,
  leaderAt,
  type Timeline,
} from '../../lib/dashboard/timeline.ts';

type Told = readonly [FeedEventKind, string, number, Partial<FeedEvent>?];

function told(...events: readonly Told[]): Timeline {
  return events.reduce(
    (timeline, [event, lane, atEpochMs, more]) =>
      addEvent(timeline, { event, lane, atEpochMs, ...more }),
    EMPTY_TIMELINE,
  );
}

const lane = (timeline: Timeline, id: string) => timeline.lanes.find((one) => one.id === id);

describe('the time line', () => {
  it('draws a term as a bar that renewals lengthen and a release ends', () => {
    const timeline = told(
      ['elected', 'a', 1_000, { token: '1', remainingMs: 2_000 }],
      ['renewed', 'a', 1_500, { token: '1', remainingMs: 2_000 }],
      ['resigned', 'a', 1_800],
    );

    expect(lane(timeline, 'a')?.bars).toEqual([
      {
        token: '1',
        fromEpochMs: 1_000,
        leadUntilEpochMs: 3_500,
        endedAtEpochMs: 1_800,
        why: 'resigned',
      },
    ]);
  });

  it('has a gap from a kill to the next leader, though the lease went on', () => {
    const timeline = told(
      ['elected', 'a', 1_000, { token: '1', remainingMs: 2_000 }],
      ['killed', 'a', 1_400],
      ['elected', 'b', 3_100, { token: '2', remainingMs: 2_000 }],
    );

    expect(gapsOf(timeline, 3_200)).toEqual([
      { fromEpochMs: 1_400, toEpochMs: 3_100, open: false },
    ]);
    expect(leaderAt(timeline, 3_200)?.lane.id).toBe('b');
    expect(lane(timeline, 'a')?.process).toBe('gone');
  });

  it('has an open gap while nobody leads', () => {
    const timeline = told(['elected', 'a', 1_000, { token: '1', remainingMs: 2_000 }]);

    expect(gapsOf(timeline, 2_900)).toEqual([]);
    expect(gapsOf(timeline, 4_000)).toEqual([{ fromEpochMs: 3_000, toEpochMs: 4_000, open: true }]);
    expect(leaderAt(timeline, 4_000)).toBeUndefined();
  });

  it('ends a frozen leader’s bar with its lease, however late it wakes', () => {
    const timeline = told(
      ['elected', 'a', 1_000, { token: '1', remainingMs: 2_000 }],
      ['frozen', 'a', 1_200],
      ['elected', 'b', 3_100, { token: '2', remainingMs: 2_000 }],
      ['thawed', 'a', 9_000],
      ['lost', 'a', 9_001, { says: 'lapsed' }],
      ['refused', 'a', 9_002, { token: '1', says: 'ledger has admitted 2' }],
    );
    const frozen = lane(timeline, 'a');

    expect(gapsOf(timeline, 9_100)).toEqual([
      { fromEpochMs: 1_200, toEpochMs: 3_100, open: false },
      { fromEpochMs: 5_100, toEpochMs: 9_100, open: true },
    ]);
    expect(frozen?.bars).toMatchObject([{ endedAtEpochMs: 3_000, why: 'lapsed' }]);
    expect(frozen?.pauses).toEqual([{ fromEpochMs: 1_200, toEpochMs: 9_000 }]);
    expect(frozen?.marks.map(({ kind }) => kind)).toEqual(['frozen', 'thawed', 'refused']);
    expect(timeline.refused).toBe(1);
  });

  it('has a gap only while the leader is frozen, where it wakes in time', () => {
    const timeline = told(
      ['elected', 'a', 1_000, { token: '1', remainingMs: 2_000 }],
      ['frozen', 'a', 1_200],
    );
    expect(leaderAt(timeline, 1_300)).toBeUndefined();

    const thawed = addEvent(timeline, { event: 'thawed', lane: 'a', atEpochMs: 1_700 });

    expect(leaderAt(thawed, 1_800)?.lane.id).toBe('a');
    expect(gapsOf(thawed, 1_800)).toEqual([{ fromEpochMs: 1_200, toEpochMs: 1_700, open: false }]);
  });

  it('has no gap where one leads as soon as the other has resigned', () => {
    const timeline = told(
      ['elected', 'a', 0, { token: '1', remainingMs: 2_000 }],
      ['resigned', 'a', 500],
      ['elected', 'b', 500, { token: '2', remainingMs: 2_000 }],
    );

    expect(gapsOf(timeline, 1_000)).toEqual([]);
  });

  it('stays of one size, however long it is told', () => {
    let timeline = EMPTY_TIMELINE;
    for (let n = 0; n < 5_000; n += 1) {
      const about = { lane: `c${n % 100}`, atEpochMs: n * 1_000, token: String(n) };
      timeline = addEvent(timeline, { ...about, event: 'elected', remainingMs: 900 });
      timeline = addEvent(timeline, { ...about, event: 'refused' });
      timeline = addEvent(timeline, { ...about, event: 'gone' });
    }
    const bars = timeline.lanes.flatMap((one) => one.bars);

    expect(timeline.lanes).toHaveLength(40);
    expect(bars.length).toBeLessThanOrEqual(40 * 120);
    expect(Math.min(...bars.map((bar) => bar.fromEpochMs))).toBeGreaterThan(
      5_000_000 - 2 * KEPT_MS,
    );
    expect(timeline.terms).toBe(5_000);
  });
});
