/**
 * The documentation's site, built as `npm run site` builds it: every link leads to a page and a heading that are
 * there. That every exported symbol has a docstring is held by `test/architecture/docstrings.test.ts`.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../architecture/source.ts';

/** It compiles the package: some 15 s on a machine with nothing beside it. */
const BUILD_TIMEOUT_MS = 600_000;

let site: string;
let said: string;
beforeAll(async () => {
  site = mkdtempSync(join(tmpdir(), 'tenure-site-'));
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [, ...args] = (scripts.site as string).split(' ');
  const build = promisify(execFile)(process.execPath, [...args, '--out', site], { cwd: ROOT });
  said = await build.then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
  );
}, BUILD_TIMEOUT_MS);
afterAll(() => rmSync(site, { recursive: true, force: true }));

/** Of each page, by its path in the site. */
function htmlPages(): ReadonlyMap<string, string> {
  const paths = readdirSync(site, { recursive: true, encoding: 'utf8' });
  const pages = paths.filter((path) => path.endsWith('.html'));
  return new Map(pages.map((path) => [path, readFileSync(join(site, path), 'utf8')]));
}

it('is built without a complaint, but of members that explain themselves', () => {
  // As TypeDoc checks it: links in docstrings, languages of code, and relative paths of files.
  const complaints = stripVTControlCharacters(said)
    .split('\n')
    .filter((line) => /^\[(?:warning|error)\]/.test(line))
    .filter((line) => !/does not have any documentation|Found 0 errors and/.test(line));
  expect(complaints).toEqual([]);
  expect(htmlPages().size).toBeGreaterThan(300);
});

it('has a page for each of docs/, and links that lead to pages and headings', () => {
  const pages = htmlPages();
  const files = new Set(readdirSync(site, { recursive: true, encoding: 'utf8' }));
  const links = [...pages].flatMap(([from, html]) =>
    [...html.matchAll(/<(?:a|img|link|script)[^>]+?(?:href|src)="([^"]+)"/g)]
      .map(([, target = '']) => target.replaceAll('&amp;', '&'))
      .filter((target) => !/^(?:[a-z]+:|\/\/)/.test(target))
      .map((target) => ({ from, target })),
  );
  const broken = links.filter(({ from, target }) => {
    const [path = '', anchor] = decodeURI(target).split('#');
    const page = path.replace(/(^|\/)$/, '$1index.html');
    const to = path === '' ? from : relative('.', join(dirname(from), page));
    if (!files.has(to)) return true;
    return Boolean(anchor) && pages.has(to) && !pages.get(to)?.includes(`id="${anchor}"`);
  });

  expect(links.length).toBeGreaterThan(5_000);
  expect(broken).toEqual([]);
  const documents = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  expect([...pages.keys()].filter((path) => path.startsWith('documents/')).length).toBeGreaterThan(
    documents.length,
  );
});
