/**
 * The pages' samples are files that run, and elect as a deployment told them to.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, trackedFiles } from '../architecture/source.ts';
import { allPages, asShown } from './pages.ts';

/** A page names the file, and shows all of it but its header. */
const SAMPLE = /`(examples\/[\w./-]+)`:\n\n```\w+\n([\s\S]*?)```/g;

const samples = allPages().flatMap(({ path: page, text }) =>
  [...text.matchAll(SAMPLE)].map(([, file = '', shown = '']) => ({ page, file, shown })),
);

describe('a sample', () => {
  it('is found in the pages', () => expect(samples.length).toBeGreaterThan(2));

  it.each(samples)('of $page is $file', ({ file, shown }) => {
    expect(shown).toBe(asShown(file));
  });

  it('reads its election by electionFromEnvironment, and no variable that no construct sets', () => {
    const read = trackedFiles()
      .filter((path) => /^(?:examples|docs)\//.test(path))
      .flatMap((path) => [...readFileSync(join(ROOT, path), 'utf8').matchAll(/env\.(\w+)/g)])
      .map(([, name = '']) => name);

    expect(read.length).toBeGreaterThan(3);
    // A lock is not an election of a deployment: the program makes its name when it takes the lock.
    expect(read.filter((name) => /LEASE|TENURE_/.test(name) && name !== 'TENURE_TABLE')).toEqual(
      [],
    );
  });
});
