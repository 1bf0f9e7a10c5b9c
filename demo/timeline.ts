/**
 * The time line in text: candidates as lanes, their terms, and the gaps without a leader.
 *
 * Pure; decides characters and colours only. It reads without colour too: each state has its own sign.
 */
import type { DemoTerm, Failover } from './chronicle.ts';
import type { StageEvent } from './stage-event.ts';

export type Style = (
  style: 'green' | 'red' | 'yellow' | 'dim' | 'bold' | 'cyan',
  text: string,
) => string;

interface Scale {
  readonly startEpochMs: number;
  readonly msPerColumn: number;
  readonly columns: number;
}

type Cell = 'leading' | 'waiting' | 'frozen' | 'gone' | 'refused';

const SIGNS: Readonly<Record<Cell, string>> = {
  leading: '█',
  waiting: '·',
  frozen: '░',
  gone: ' ',
  refused: '✗',
};
const NAME_WIDTH = 9;

export interface TimelineOptions {
  readonly events: readonly StageEvent[];
  readonly terms: readonly DemoTerm[];
  readonly failovers: readonly Failover[];
  readonly workers: readonly string[];
  /** The terminal's width. */
  readonly width: number;
  readonly style: Style;
}

/** The lines of the drawing. */
export function drawTimeline(options: TimelineOptions): readonly string[] {
  const { workers, style } = options;
  const scale = scaleOf(options);
  const legend =
    `${style('green', SIGNS.leading)} leads  ${style('dim', SIGNS.waiting)} waits  ` +
    `${style('yellow', SIGNS.frozen)} frozen  ${style('red', SIGNS.refused)} refused write  ` +
    `${style('red', '▁')} nobody leads`;
  return [
    `${label('token')}${tokensLine(options, scale)}`,
    ...workers.map((worker) => `${label(worker)}${lane(worker, options, scale)}`),
    `${label('nobody')}${gapsLine(options, scale)}`,
    `${label('')}${rulerLine(scale, style)}`,
    `${label('')}${legend}`,
  ];
}

const label = (text: string) => text.padEnd(NAME_WIDTH);

function scaleOf({ events, width }: TimelineOptions): Scale {
  const times = events.map(({ atEpochMs }) => atEpochMs);
  const startEpochMs = Math.min(...times);
  const columns = Math.max(20, Math.min(100, width - NAME_WIDTH - 2));
  const msPerColumn = Math.max(1, (Math.max(...times) - startEpochMs) / columns);
  return { startEpochMs, msPerColumn, columns };
}

const columnOf = (scale: Scale, atEpochMs: number) =>
  Math.min(
    scale.columns - 1,
    Math.max(0, Math.floor((atEpochMs - scale.startEpochMs) / scale.msPerColumn)),
  );

function columnsOf(scale: Scale): readonly number[] {
  return Array.from({ length: scale.columns }, (_, column) => column);
}

function lane(worker: string, options: TimelineOptions, scale: Scale): string {
  const { terms, style } = options;
  const own = options.events.filter((event) => event.worker === worker);
  const refused = own.filter(({ kind }) => kind === 'refused');
  const refusedAt = new Set(refused.map(({ atEpochMs }) => columnOf(scale, atEpochMs)));
  const cells = columnsOf(scale).map((column): Cell => {
    if (refusedAt.has(column)) return 'refused';
    const atEpochMs = scale.startEpochMs + (column + 0.5) * scale.msPerColumn;
    const leads = terms.some(
      (term) =>
        term.worker === worker &&
        columnOf(scale, term.electedAtEpochMs) <= column &&
        atEpochMs < term.endedAtEpochMs,
    );
    return leads ? 'leading' : idleCell(own, atEpochMs);
  });
  return cells.map((cell) => style(colourOf(cell), SIGNS[cell])).join('');
}

/** What a worker that does not lead is, by the last thing that happened to it. */
function idleCell(own: readonly StageEvent[], atEpochMs: number): Cell {
  let cell: Cell = 'gone';
  for (const event of own) {
    if (event.atEpochMs > atEpochMs) break;
    if (event.kind === 'ready' || event.kind === 'thawed') cell = 'waiting';
    if (event.kind === 'frozen' || event.kind === 'halted') cell = 'frozen';
    if (event.kind === 'killed' || event.kind === 'exited') cell = 'gone';
  }
  return cell;
}

function colourOf(cell: Cell): 'green' | 'red' | 'yellow' | 'dim' {
  switch (cell) {
    case 'leading':
      return 'green';
    case 'refused':
      return 'red';
    case 'frozen':
      return 'yellow';
    case 'waiting':
    case 'gone':
      return 'dim';
  }
}

function tokensLine({ terms, style }: TimelineOptions, scale: Scale): string {
  const marks = terms.map(({ token, electedAtEpochMs }) => ({ text: token, at: electedAtEpochMs }));
  return placed(marks, scale, (text) => style('bold', text));
}

function gapsLine({ failovers, style }: TimelineOptions, scale: Scale): string {
  const marks = failovers.map(({ leaderlessMs, fromEpochMs }) => {
    const words = `${Math.round(leaderlessMs)} ms`;
    const columns = columnOf(scale, fromEpochMs + leaderlessMs) - columnOf(scale, fromEpochMs);
    return { text: columns > words.length ? words.padEnd(columns, '▁') : words, at: fromEpochMs };
  });
  return placed(marks, scale, (text) => style('red', text));
}

/** Texts at their instants on one line; one that would overlap the text before it moves right. */
function placed(
  marks: readonly { readonly text: string; readonly at: number }[],
  scale: Scale,
  paint: (text: string) => string,
): string {
  let line = '';
  let used = 0;
  for (const { text, at } of marks) {
    const column = Math.max(columnOf(scale, at), used === 0 ? 0 : used + 1);
    line += ' '.repeat(column - used) + paint(text);
    used = column + text.length;
  }
  return line;
}

const RULER_SECONDS = 5;

function rulerLine(scale: Scale, style: Style): string {
  const seconds = (scale.columns * scale.msPerColumn) / 1_000;
  const marks: { text: string; at: number }[] = [];
  for (let second = 0; second < seconds; second += RULER_SECONDS) {
    marks.push({ text: `${second} s`, at: scale.startEpochMs + second * 1_000 });
  }
  return placed(marks, scale, (text) => style('dim', text));
}
