/**
 * A recording of a program's output as an SVG that plays by itself: each line appears when it was written, and
 * the picture scrolls as a terminal does. Styles alone move it, so that it plays as an image in a page too.
 */
export interface TimedLine {
  /** Since the recording began, in milliseconds. */
  readonly atMs: number;
  /** Without control characters. */
  readonly text: string;
}

export interface Recording {
  readonly lines: readonly TimedLine[];
  /** What was typed. */
  readonly command: string;
  /** How many lines are shown at once. */
  readonly rows: number;
  readonly columns: number;
}

const LINE_PX = 18;
const CHARACTER_PX = 7.85;
const PADDING_PX = 14;
/** How long the last line is shown before it plays again. */
const REST_MS = 8_000;

/** Plays in a loop. The lines are selectable text. */
export function animatedSvg({ lines, command, rows, columns }: Recording): string {
  const all = [{ atMs: 0, text: `$ ${command}` }, ...lines];
  const totalMs = (all.at(-1)?.atMs ?? 0) + REST_MS;
  const width = Math.ceil(columns * CHARACTER_PX + 2 * PADDING_PX);
  const height = rows * LINE_PX + 2 * PADDING_PX;
  const shown = all.map(({ atMs, text }, row) => {
    const y = (row + 1) * LINE_PX;
    const appears = `animation-name:l${row}`;
    return {
      text: `<text y="${y}" style="${appears}">${escaped(text)}</text>`,
      rule: `@keyframes l${row}{0%{opacity:0}${percent(atMs, totalMs)}{opacity:1}to{opacity:1}}`,
    };
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    '<style>',
    'text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#d7dce2;white-space:pre;',
    `animation:${totalMs}ms step-end infinite}`,
    `g{animation:scroll ${totalMs}ms step-end infinite}`,
    ...shown.map(({ rule }) => rule),
    scrolling(all, rows, totalMs),
    // A reader who wants no motion sees the end.
    `@media (prefers-reduced-motion:reduce){text{animation:none}g{animation:none;transform:${shift(all.length, rows)}}}`,
    '</style>',
    `<rect width="100%" height="100%" rx="8" fill="#15191e"/>`,
    `<svg x="${PADDING_PX}" y="${PADDING_PX - 4}" width="${width - 2 * PADDING_PX}" height="${rows * LINE_PX + 8}"><g>`,
    ...shown.map(({ text }) => text),
    '</g></svg></svg>',
    '',
  ].join('\n');
}

/** One step for each line that finds no room. */
function scrolling(lines: readonly TimedLine[], rows: number, totalMs: number): string {
  const steps = lines.flatMap(({ atMs }, row) =>
    row < rows ? [] : [`${percent(atMs, totalMs)}{transform:${shift(row + 1, rows)}}`],
  );
  return `@keyframes scroll{0%{transform:translateY(0)}${steps.join('')}to{transform:${shift(lines.length, rows)}}}`;
}

const shift = (count: number, rows: number) =>
  `translateY(${-Math.max(0, count - rows) * LINE_PX}px)`;

const percent = (atMs: number, totalMs: number) => `${((100 * atMs) / totalMs).toFixed(3)}%`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
