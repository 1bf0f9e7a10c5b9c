/** The recording of the demo as a picture: what it shows, and when. */
import { expect, it } from 'vitest';
import { animatedSvg } from './animated-svg.ts';

const lines = [
  { atMs: 1_000, text: 'starting' },
  { atMs: 1_500, text: '<&> \u2588\u2588\u2591' },
  { atMs: 2_000, text: 'done' },
];
const svg = animatedSvg({ lines, command: 'npm run demo', rows: 3, columns: 14 });

it('shows each line from the moment at which it was written, in a loop', () => {
  // The time of the last line, and eight seconds in which nothing moves.
  expect(svg).toContain('g>*{animation:10000ms step-end infinite}');
  expect(svg).toContain('@keyframes l1{0%{opacity:0}10.000%{opacity:1}');
  expect(svg).toContain('@keyframes l3{0%{opacity:0}20.000%{opacity:1}');
});

it('scrolls by a line where one finds no room, and breaks one that is too long', () => {
  const scroll =
    '@keyframes scroll{0%{transform:translateY(0)}20.000%{transform:translateY(-18px)}';
  expect(svg).toContain(scroll);
  const narrow = animatedSvg({ lines, command: 'npm run demo', rows: 3, columns: 7 });
  expect(narrow.match(/<text/g)).toHaveLength(6);
});

it('keeps each phrase in its place, and draws blocks', () => {
  expect(svg).toContain('<tspan x="0">&lt;&amp;&gt;</tspan>');
  expect(svg).toContain('x="32" y="37" fill="#2f9e6e" width="16" height="14"/>');
  expect(svg).toContain('prefers-reduced-motion:reduce');
});
