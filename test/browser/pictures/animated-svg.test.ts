/** The recording of the demo as a picture: what it shows, and when. */
import { expect, it } from 'vitest';
import { animatedSvg } from './animated-svg.ts';

const lines = [
  { atMs: 1_000, text: 'starting' },
  { atMs: 1_500, text: 'a < b & c' },
  { atMs: 2_000, text: 'done' },
];
const svg = animatedSvg({ lines, command: 'npm run demo', rows: 3, columns: 40 });

it('shows each line from the moment at which it was written, in a loop', () => {
  // The last line, and eight seconds in which nothing moves.
  expect(svg).toContain('animation:10000ms step-end infinite');
  expect(svg).toContain('@keyframes l1{0%{opacity:0}10.000%{opacity:1}');
  expect(svg).toContain('@keyframes l3{0%{opacity:0}20.000%{opacity:1}');
  expect(svg).toContain('>$ npm run demo</text>');
});

it('scrolls by a line where one finds no room', () => {
  expect(svg).toContain(
    '@keyframes scroll{0%{transform:translateY(0)}20.000%{transform:translateY(-18px)}',
  );
});

it('is well-formed whatever was written, and stands still for who asked for that', () => {
  expect(svg).toContain('>a &lt; b &amp; c</text>');
  expect(svg).toContain('prefers-reduced-motion:reduce');
});
