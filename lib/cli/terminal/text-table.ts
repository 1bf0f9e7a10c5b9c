/** Rows as a table: columns as wide as their cells, a heading above, and words for times. */
import { type Line, painted } from './line.ts';
import { visible } from './visible.ts';

/** The lines of a table. The last column may be of any length. */
export function textTable(
  heading: readonly string[],
  found: readonly (readonly string[])[],
): readonly Line[] {
  // Made visible before it is measured, since visible text is longer.
  const rows = found.map((row) => row.map(visible));
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [[painted('dim', line(heading))], ...rows.map(line)];
}

/** The last instant that a `Date` has. */
const EPOCH_MS_MAX = 8.64e15;

/** `2026-11-20 20:12:25` in UTC: the same in every terminal, and it sorts. */
export function utc(epochMs: number): string {
  if (!(Math.abs(epochMs) <= EPOCH_MS_MAX)) return 'no date';
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** `840 ms`, `9.8 s`, `3 min 12 s`, `2 h 5 min`, `4 d 2 h`. */
export function lasting(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? `${hours} h ${minutes % 60} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
