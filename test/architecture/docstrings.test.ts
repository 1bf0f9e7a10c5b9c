/**
 * Every symbol that a public subpath exports has a docstring: the reference of the documentation's site is made of
 * them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './source.ts';

interface Exported {
  readonly from: string;
  readonly name: string;
}

const { entryPoints } = JSON.parse(readFileSync(join(ROOT, 'site/typedoc.json'), 'utf8')) as {
  entryPoints: readonly string[];
};

const text = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** What a file re-exports from other files, under the names that it has there. */
function exportedAgain(path: string): readonly Exported[] {
  const lists = text(path).matchAll(/^export (?:type )?\{([^}]*)\} from '(\.[^']+)'/gm);
  return [...lists].flatMap(([, names = '', target = '']) =>
    names
      .split(',')
      .map((name) =>
        name
          .trim()
          .replace(/^type /, '')
          .replace(/ as .*$/, ''),
      )
      .filter((name) => name !== '')
      .map((name) => ({ from: normalize(join(dirname(path), target)), name })),
  );
}

/** Whether its declaration has a docstring, in the file that has the declaration. */
function isDocumented({ from, name }: Exported): boolean {
  const again = exportedAgain(from).find((one) => one.name === name);
  if (again !== undefined) return isDocumented(again);
  const source = text(from);
  const kinds = 'interface|type|const|let|function|class|enum';
  const declared = new RegExp(`^export (?:(?:async|abstract) )*(?:${kinds}) ${name}\\b`, 'm');
  const at = source.search(declared);
  return at >= 0 && source.slice(0, at).trimEnd().endsWith('*/');
}

it('every exported symbol has a docstring', () => {
  const indexes = entryPoints.map((path) => normalize(join('site', path)));
  expect(indexes.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const exported = indexes.flatMap(exportedAgain);

  expect(exported.length).toBeGreaterThan(200);
  const missing = exported.filter((one) => !isDocumented(one));
  expect(missing.map(({ from, name }) => `${name} of ${from}`)).toEqual([]);
});
