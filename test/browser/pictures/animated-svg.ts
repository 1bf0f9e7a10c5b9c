/**
 * A recording of a program's output as an SVG that plays by itself: each line appears when it was written, and
 * the picture scrolls as a terminal does. Styles alone move it, so that it plays as an image in a page too.
 *
 * Each phrase has a fixed column and blocks are drawn, so that columns line up in any font.
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
  /** Longer lines are broken, as a terminal breaks them. */
  readonly columns: number;
}

const LINE_PX = 18;
const CHARACTER_PX = 8;
const PADDING_PX = 14;
/** How long the last line is shown before it plays again. */
const REST_MS = 8_000;

/** How a block is drawn: its colour, and its height in a line. */
const BLOCKS: Readonly<Record<string, readonly [string, number]>> = {
  '\u2588': ['#2f9e6e', 14],
  '\u2591': ['#3b4d63', 14],
  '\u2581': ['#d9534f', 3],
};

/** Plays in a loop. The text can be selected. */
export function animatedSvg({ lines, command, rows, columns }: Recording): string {
  const typed = { atMs: 0, text: `$ ${command}` };
  const all = [typed, ...lines].flatMap((line) => broken(line, columns));
  const totalMs = (all.at(-1)?.atMs ?? 0) + REST_MS;
  const [width, height] = [columns * CHARACTER_PX, rows * LINE_PX];
  const [outerWidth, outerHeight] = [width + 2 * PADDING_PX, height + 2 * PADDING_PX];
  const size = `viewBox="0 0 ${outerWidth} ${outerHeight}" width="${outerWidth}" height="${outerHeight}"`;
  const still = `text,rect{animation:none}g{animation:none;transform:${shift(all.length, rows)}}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size}>`,
    '<style>',
    'text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#d7dce2;white-space:pre}',
    `g>*{animation:${totalMs}ms step-end infinite}`,
    `g{animation:scroll ${totalMs}ms step-end infinite}`,
    ...all.map(({ atMs }, row) => appearing(row, percent(atMs, totalMs))),
    scrolling(all, rows, totalMs),
    // A reader who wants no motion sees the end.
    `@media (prefers-reduced-motion:reduce){g>*{animation:none}${still}}`,
    '</style>',
    '<rect width="100%" height="100%" rx="8" fill="#15191e"/>',
    `<svg x="${PADDING_PX}" y="${PADDING_PX}" width="${width}" height="${height}"><g>`,
    ...all.map(({ text }, row) => drawn(text, row)),
    '</g></svg></svg>',
    '',
  ].join('\n');
}

function broken({ atMs, text }: TimedLine, columns: number): readonly TimedLine[] {
  const pieces = text.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [''];
  return pieces.map((piece) => ({ atMs, text: piece }));
}

function appearing(row: number, from: string): string {
  return `.l${row}{animation-name:l${row}}@keyframes l${row}{0%{opacity:0}${from}{opacity:1}to{opacity:1}}`;
}

/** One step of scrolling for each line that does not fit. */
function scrolling(lines: readonly TimedLine[], rows: number, totalMs: number): string {
  const steps = lines.flatMap(({ atMs }, row) =>
    row < rows ? [] : [`${percent(atMs, totalMs)}{transform:${shift(row + 1, rows)}}`],
  );
  const last = `to{transform:${shift(lines.length, rows)}}`;
  return `@keyframes scroll{0%{transform:translateY(0)}${steps.join('')}${last}}`;
}

const shift = (count: number, rows: number) =>
  `translateY(${-Math.max(0, count - rows) * LINE_PX}px)`;

const percent = (atMs: number, totalMs: number) => `${((100 * atMs) / totalMs).toFixed(3)}%`;

/** The line's text, without its blocks, and a box for each run of blocks. */
function drawn(text: string, row: number): string {
  const baseline = (row + 1) * LINE_PX - 5;
  const boxes = [...text.matchAll(/\u2588+|\u2591+|\u2581+/g)].map(({ 0: run, index }) => {
    const [fill, height] = BLOCKS[run.charAt(0)] ?? ['none', 0];
    const box = `x="${index * CHARACTER_PX}" y="${baseline + 2 - height}" fill="${fill}"`;
    return `<rect class="l${row}" ${box} width="${run.length * CHARACTER_PX}" height="${height}"/>`;
  });
  const phrases = /[^\s\u2588\u2591\u2581]+(?: [^\s\u2588\u2591\u2581]+)*/g;
  const words = [...text.matchAll(phrases)].map(({ 0: word, index }) => {
    // Dots draw a line, so each dot has a fixed column; of a phrase only the first letter has one.
    const placed = /^[\u00b7\u2717]+$/.test(word) ? Array.from(word) : [''];
    const places = placed.map((_, n) => (index + n) * CHARACTER_PX).join(' ');
    return `<tspan x="${places}">${escaped(word)}</tspan>`;
  });
  return `<text class="l${row}" y="${baseline}">${words.join(' ')}</text>${boxes.join('')}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
