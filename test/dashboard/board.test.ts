import { describe, expect, it } from 'vitest';
import {
  addBoardEvent,
  type BoardEvent,
  EMPTY_BOARD,
  sharingOf,
} from '../../lib/dashboard/index.ts';

const term = (
  kind: 'elected' | 'over',
  [partition, member, token]: readonly [number, string, number],
  atEpochMs: number,
): BoardEvent => ({ kind, partition, member, token: String(token), atEpochMs });
const boardOf = (...events: readonly BoardEvent[]) =>
  events.reduce(addBoardEvent, { ...EMPTY_BOARD, partitions: 2 });

describe('a move', () => {
  it('says how long nobody led, whichever of both ends is heard first', () => {
    const first = term('elected', [1, 'a', 1], 1_000);
    const over = term('over', [1, 'a', 1], 5_000);
    const next = term('elected', [1, 'b', 2], 5_060);

    const [inOrder, otherwise] = [boardOf(first, over, next), boardOf(first, next, over)];

    expect(inOrder.moves).toMatchObject([{ partition: 1, from: 'a', to: 'b', leaderlessMs: 60 }]);
    expect(otherwise.moves).toEqual(inOrder.moves);
    expect(otherwise.moved).toBe(1);
    expect(sharingOf(otherwise)).toMatchObject({
      shares: [
        { id: 'a', leads: [] },
        { id: 'b', leads: [1] },
      ],
      vacant: [0],
    });
  });

  it('is not seen in an older term that is heard late', () => {
    const board = boardOf(term('elected', [0, 'b', 2], 9), term('elected', [0, 'a', 1], 3));

    expect(board.moves).toEqual([]);
    expect(board.places[0]).toMatchObject({ member: 'b', token: '2' });
  });
});

describe('a member', () => {
  const member = (state: 'in' | 'frozen' | 'killed', atEpochMs: number): BoardEvent => {
    return { kind: 'member', member: 'a', state, atEpochMs };
  };

  it('that is killed leads nothing from then on, and the gap counts from then', () => {
    const led = term('elected', [0, 'a', 1], 10);
    const board = boardOf(led, member('killed', 100), term('elected', [0, 'b', 2], 400));

    expect(board.moves).toMatchObject([{ leaderlessMs: 300 }]);
    expect(sharingOf(boardOf(led, member('killed', 100))).vacant).toEqual([0, 1]);
  });

  it('that is thawed in time leads what it led, but not what had ended before', () => {
    const board = boardOf(
      term('elected', [0, 'a', 1], 10),
      term('elected', [1, 'a', 1], 10),
      term('over', [1, 'a', 1], 50),
      member('in', 60),
      member('frozen', 100),
      member('in', 200),
    );

    expect(sharingOf(board)).toMatchObject({ shares: [{ leads: [0] }], vacant: [1] });
  });
});
