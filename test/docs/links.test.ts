/**
 * Each file, heading, command and mutant that a page names exists.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../architecture/source.ts';
import { allPages, type Page, pageOf } from './pages.ts';

const PAGES = allPages();
const byPath = new Map(PAGES.map((page) => [page.path, page]));
/** A path that begins with one of these is of this repository. A trailing `:12` is a line number. */
const OWN_PATH =
  /^(?:\.ci|bench|demo|docs|examples|functions|infra|lib|release|test)(?:\/[\w.-]+)*\/?$/;

/** Names like these are in pages as examples of the reader's own files. */
const isOwnPath = (code: string) => code.includes('/') && OWN_PATH.test(code);

function brokenLinks(page: Page): readonly string[] {
  return page.links.flatMap(({ target, inside }) => {
    if (inside === undefined) return [];
    const { path, anchor } = inside;
    const there = path === page.path ? page : byPath.get(path);
    if (there === undefined && !existsSync(join(ROOT, path))) {
      return [`${page.path}: ${target} leads to no file`];
    }
    if (anchor === undefined || there?.anchors.has(anchor)) return [];
    return [`${page.path}: ${target} leads to no heading`];
  });
}

describe('the pages', () => {
  it('link to files and headings that are there', () => {
    expect(PAGES.flatMap(({ links }) => links).length).toBeGreaterThan(50);
    expect(PAGES.flatMap(brokenLinks)).toEqual([]);
  });

  it('name files that are there', () => {
    const named = PAGES.flatMap((page) =>
      page.code.filter(isOwnPath).map((path) => `${page.path}: ${path}`),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((one) => !existsSync(join(ROOT, one.split(': ')[1] ?? '')))).toEqual([]);
  });

  it('name npm scripts that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    const named = PAGES.flatMap(({ path, text }) =>
      [...text.matchAll(/npm run ([a-z]+(?::[a-z]+)*)/g)].map(([, name = '']) => ({ path, name })),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
  });

  it('name mutants that the models and the simulator have', () => {
    const models = join(ROOT, 'test/model');
    const known = readdirSync(models)
      .filter((name) => name.endsWith('.pml'))
      .map((name) => readFileSync(join(models, name), 'utf8'))
      .join('\n');
    const named = PAGES.flatMap(({ code }) => code.filter((text) => text.startsWith('MUTANT_')));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);

    const mutants = [
      'mutants/mutants.ts',
      'mutants/call-mutants.ts',
      'mutants/fence-mutants.ts',
      'baton/mutants.ts',
    ]
      .map((name) => readFileSync(join(ROOT, 'test/simulation', name), 'utf8'))
      .join('\n');
    const guarantees = byPath.get('docs/guarantees.md')?.text ?? '';
    const listed = [...guarantees.matchAll(/the simulator with ([^\n]+)/g)].flatMap(([, list]) =>
      [...(list ?? '').matchAll(/\*([^*]+)\*/g)].map(([, name = '']) => name),
    );
    expect(listed.length).toBeGreaterThan(15);
    expect(listed.filter((name) => !mutants.includes(name))).toEqual([]);
  });

  it('are all reached from the index', () => {
    const index = byPath.get('docs/README.md');
    const linked = index?.links.map(({ inside }) => inside?.path);
    const pages = PAGES.map(({ path }) => path).filter((path) => /^docs\/[^/]+\.md$/.test(path));
    expect(pages.filter((path) => path !== index?.path && !linked?.includes(path))).toEqual([]);
  });
});

describe('the decisions', () => {
  const decisions = PAGES.filter(({ path }) => /^docs\/decisions\/\d{4}-/.test(path));

  it('each say their status and their date below the title', () => {
    const head =
      /^# .+\n\nStatus: (?:proposed|accepted|replaced by \d{4})\. Date: \d{4}-\d\d-\d\d\.\n\n/;
    expect(decisions.length).toBeGreaterThan(12);
    expect(decisions.filter(({ text }) => !head.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('stand in their index, by number, with title, status and date', () => {
    const index = byPath.get('docs/decisions/README.md')?.text ?? '';
    const rows = decisions.map(({ path, title, text }) => {
      const [, status, date] = /^Status: (.+?)\. Date: (.+?)\.$/m.exec(text) ?? [];
      const file = path.split('/').at(-1) ?? '';
      return `| ${file.slice(0, 4)} | [${title}](${file}) | ${status} | ${date} |`;
    });
    expect(index.split('\n').filter((line) => /^\| \d/.test(line))).toEqual(rows);
  });
});

describe('the check itself', () => {
  it('finds a link to no file, to no heading, and a second heading of one text', () => {
    const page = pageOf('docs/x.md', '# One\n\n## Two `a`: b\n\n## One\n\n[a](y.md) [b](#three)\n');

    expect([...page.anchors]).toEqual(['one', 'two-a-b', 'one-1']);
    expect(brokenLinks(page)).toEqual([
      'docs/x.md: y.md leads to no file',
      'docs/x.md: #three leads to no heading',
    ]);
  });
});
