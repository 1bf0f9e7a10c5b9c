/**
 * A release is refused before it changes anything, and turns what is unreleased into a version.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { releasedChangelog } from '../../release/changelog.ts';
import { ROOT } from '../architecture/source.ts';

const run = promisify(execFile);

describe('the changelog of a release', () => {
  it('gives version and date to what is unreleased, and begins an empty section', () => {
    const text = '# Changelog\n\n## Unreleased\n\n### Fixes\n\n- One.\n\n## 0.1.0\n\n- Old.\n';

    expect(releasedChangelog(text, '0.2.0', '2030-01-02')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2030-01-02)\n\n### Fixes\n\n- One.\n\n## 0.1.0\n\n- Old.\n',
    );
  });

  it('is refused where nothing is unreleased', () => {
    const empty = '# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- Old.\n';

    expect(() => releasedChangelog(empty, '0.2.0', '2030-01-02')).toThrow(/nothing under/);
    expect(() => releasedChangelog('# Changelog\n', '0.2.0', '2030-01-02')).toThrow(/no section/);
  });

  it('has its section on the page', async () => {
    const text = await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8');

    expect(text).toMatch(/^## Unreleased$/m);
  });
});

describe('npm run release', () => {
  /** A repository with the release script and nothing else, clean, with the tag v0.1.0. */
  async function repository(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'tenure-release-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await cp(join(ROOT, 'release'), join(folder, 'release'), { recursive: true });
    for (const file of ['package.json', 'CHANGELOG.md']) {
      await cp(join(ROOT, file), join(folder, file));
    }
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    await run('git', ['init', '--quiet'], { cwd: folder });
    await run('git', ['add', '--all'], { cwd: folder });
    await run('git', [...who, 'commit', '--quiet', '--message', 'all'], { cwd: folder });
    await run('git', ['tag', 'v0.1.0'], { cwd: folder });
    return folder;
  }

  it.each([
    ['no version', [], /version must be like 1\.2\.3, got nothing/],
    ['half a version', ['1.2'], /version must be like 1\.2\.3, got 1\.2/],
    ['a version that has its tag', ['0.1.0'], /tag v0\.1\.0 exists/],
  ])('refuses %s', async (_, args, says) => {
    const cwd = await repository();

    await expect(run(process.execPath, ['release/main.ts', ...args], { cwd })).rejects.toThrow(
      says,
    );

    expect((await run('git', ['status', '--porcelain'], { cwd })).stdout).toBe('');
  });

  it('refuses a package that does not say where its code is', async () => {
    const cwd = await repository();

    const released = run(process.execPath, ['release/main.ts', '0.2.0'], { cwd });

    await expect(released).rejects.toThrow(/must say where the code is, got .*example\.com/);
  });

  it('refuses a tree with changes', async () => {
    const cwd = await repository();
    await writeFile(join(cwd, 'new.txt'), 'new');

    const released = run(process.execPath, ['release/main.ts', '0.2.0'], { cwd });

    await expect(released).rejects.toThrow(/tree must be clean, got\n\?\? new\.txt/);
  });
});
