/** The board as lines of text: a row for each worker, a column for each partition. Pure. */
import type { Style } from '../timeline.ts';
import type { Board, Move } from './board.ts';
import { PARTITIONS } from './settings.ts';

const NAME_WIDTH = 9;

/** What has just moved stands out. */
export function drawBoard(
  board: Board,
  workers: readonly { readonly name: string; readonly state: string }[],
  moved: readonly Move[],
  style: Style,
): readonly string[] {
  const columns = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const isMoved = new Set(moved.map(({ partition }) => partition));
  const shares = board.shares(workers.map(({ name }) => name));
  const heading = columns.map((partition) => String(partition).padStart(2)).join(' ');
  return [
    style('dim', `${''.padEnd(NAME_WIDTH)}${heading}`),
    ...workers.map(({ name, state }, n) => {
      const share = new Set(shares[n]);
      const cells = columns.map((partition) => {
        if (!share.has(partition)) return style('dim', ' ·');
        return isMoved.has(partition) ? style('yellow', '▒▒') : style('green', '██');
      });
      return `${name.padEnd(NAME_WIDTH)}${cells.join(' ')}  ${share.size || style('dim', state)}`;
    }),
  ];
}

/** How long each partition that moved was without a leader. */
export function gapsLine(moves: readonly Move[], style: Style): string {
  const gaps = moves.flatMap(({ partition, leaderlessMs }) =>
    leaderlessMs === undefined ? [] : [{ partition, ms: Math.round(leaderlessMs) }],
  );
  if (gaps.length === 0) return 'every partition has its first leader';
  const sorted = gaps.map(({ ms }) => ms).sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const each = gaps.map(({ partition, ms }) => `${partition}: ${ms}`).join('  ');
  const moved = `${gaps.length} partitions moved; without a leader for ${median} ms in the middle, `;
  return `${moved}${sorted.at(-1)} ms at most\n         ${style('dim', `ms each  ${each}`)}`;
}
