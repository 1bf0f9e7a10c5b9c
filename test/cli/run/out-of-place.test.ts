/**
 * An option of `tenure run` that belongs to groups alone, or to single elections alone, is refused where it would
 * be ignored.
 */
import { expect, it } from 'vitest';
import { startTenure } from '../../support/tenure.ts';

const ended = { withinMs: 120_000 };

it.each([
  [['--capacity', '2'], /^tenure: --capacity must be left out without --partitions/],
  [['--spare', '5s'], /^tenure: --spare must be left out without --partitions/],
  [['--create-group', '--spare', '0ms'], /^tenure: --spare, --create-group must be left out/],
  [['--partitions', '4', '--no-wait'], /^tenure: --no-wait must be left out with --partitions/],
  [['--partitions', '4', '--no-will'], /^tenure: --no-will must be left out with --partitions/],
])('run %s', async (options, complaint) => {
  // No table is needed: the program checks the options before it reads anything.
  const tenure = startTenure(['run', 'orders', ...options, '--', 'true']);

  expect(await tenure.ended(ended)).toEqual({ code: 2, signal: null });
  expect(tenure.stderr()).toMatch(complaint);
});
