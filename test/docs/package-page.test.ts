/**
 * The pages as the package ships them: each link leads to something that is in the package too.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../architecture/source.ts';
import { pageOf } from './pages.ts';

/** What `npm publish` would send, without what a build adds. */
async function packedFiles(): Promise<readonly string[]> {
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT });
  const [packed] = Object.values(
    JSON.parse(stdout) as Record<string, { files: readonly { path: string }[] }>,
  );
  return (packed?.files ?? []).map(({ path }) => path);
}

describe('the package', () => {
  it('holds what its pages link to', async () => {
    const files = await packedFiles();
    const pages = files
      .filter((path) => path.endsWith('.md'))
      .map((path) => pageOf(path, readFileSync(join(ROOT, path), 'utf8')));
    const links = pages.flatMap(({ path, links }) =>
      links.map(({ target, inside }) => ({ from: path, target, to: inside?.path })),
    );

    const isThere = (to: string) => files.some((file) => file === to || file.startsWith(`${to}/`));
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter(({ to }) => to !== undefined && !isThere(to))).toEqual([]);
  });

  it('says one address of its repository', () => {
    const { homepage, repository, bugs } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as { homepage: string; repository: { url: string }; bugs: { url: string } };

    const address = repository.url.replace(/^git\+|\.git$/g, '');
    expect(homepage).toBe(`${address}#readme`);
    expect(bugs.url).toBe(`${address}/issues`);
  });
});
