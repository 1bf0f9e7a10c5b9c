import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MUTANTS } from '../simulation/mutants/mutants.ts';

/** The simulator finds a missing text too, but only once it runs the mutant. */
it('each text that a mutant replaces is there once', () => {
  const stale = MUTANTS.flatMap(({ name, edits }) =>
    edits
      .filter(({ file, find }) => readFileSync(file, 'utf8').split(find).length !== 2)
      .map(({ file }) => `${name}: ${file}`),
  );

  expect(MUTANTS.length).toBeGreaterThan(70);
  expect(stale).toEqual([]);
});
