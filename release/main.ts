/**
 * `npm run release -- 0.2.0`: checks, builds, packs, checks the package, commits and tags.
 *
 * It publishes nothing and pushes nothing: what that takes, it prints. Where a step fails, the files that
 * it changed are as they were.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { releasedChangelog } from './changelog.ts';

const ROOT = join(import.meta.dirname, '..');
const CHANGELOG = join(ROOT, 'CHANGELOG.md');
const CHANGED = ['package.json', 'package-lock.json', 'CHANGELOG.md'];

const [version = ''] = process.argv.slice(2);

try {
  release(version);
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

function release(next: string): void {
  refuseWhatCannotBe(next);
  const changelog = releasedChangelog(readFileSync(CHANGELOG, 'utf8'), next, today());
  show('npm', 'test');
  try {
    writeFileSync(CHANGELOG, changelog);
    show('npm', 'version', next, '--no-git-tag-version', '--allow-same-version');
    show('npm', 'run', 'build');
    const tarball = pack();
    show('npx', '--no-install', 'publint', tarball, '--strict');
    show('git', 'commit', '--quiet', '--message', `Release ${next}`, '--', ...CHANGED);
    show('git', 'tag', '--annotate', `v${next}`, '--message', `Release ${next}`);
    console.log(`release: v${next} is tagged and in ${tarball}; nothing is published. To publish it:
  git push --follow-tags
  npm publish ${tarball}`);
  } catch (error) {
    ask('git', 'checkout', 'HEAD', '--', ...CHANGED);
    throw error;
  }
}

function refuseWhatCannotBe(next: string): void {
  if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(next)) {
    throw new Error(
      `the version must be like 1.2.3, got ${next || 'nothing'}; npm run release -- 1.2.3`,
    );
  }
  if (ask('git', 'tag', '--list', `v${next}`) !== '') {
    throw new Error(`the tag v${next} exists; choose a higher version`);
  }
  const changed = ask('git', 'status', '--porcelain');
  if (changed !== '') throw new Error(`the working tree must be clean, got\n${changed}`);
  const address = ask('npm', 'pkg', 'get', 'repository.url');
  if (address.includes('example.com')) {
    throw new Error(
      `repository, homepage and bugs in package.json must say where the code is, got ${address}`,
    );
  }
}

function pack(): string {
  const report = ask('npm', 'pack', '--ignore-scripts', '--json');
  const [packed] = Object.values(JSON.parse(report) as Record<string, { filename: string }>);
  if (packed === undefined) throw new Error(`npm pack reported ${report}`);
  return packed.filename;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function show(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { cwd: ROOT, stdio: 'inherit' });
}

function ask(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { cwd: ROOT, encoding: 'utf8' }).trim();
}
