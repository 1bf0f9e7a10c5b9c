import { describe, expect, it } from 'vitest';
import { importCycles } from './cycles.ts';
import { sourcesIn } from './source.ts';

describe('no import goes in a circle', () => {
  it('in any source file, of types either', () => {
    const folders = ['lib', 'infra', 'functions', 'examples', 'demo', 'bench', 'test'];
    const sources = sourcesIn(...folders);

    expect(sources.length).toBeGreaterThan(300);
    expect(importCycles(sources)).toEqual([]);
  });

  it('which is found through types, through several files, and through re-exports', () => {
    const files = [
      { path: 'lib/a.ts', text: "import type { B } from './b.ts';" },
      { path: 'lib/b.ts', text: "export { c } from './c.ts';" },
      { path: 'lib/c.ts', text: "type A = import('./a.ts').A;" },
      { path: 'lib/d.ts', text: "import { a } from './a.ts';" },
    ];

    expect(importCycles(files)).toEqual([['lib/a.ts', 'lib/b.ts', 'lib/c.ts']]);
  });
});
