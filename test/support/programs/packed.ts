/**
 * The package as its user gets it: built from the tracked files, packed, and installed into an empty folder.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import { ROOT, trackedFiles } from '../../architecture/source.ts';

const run = promisify(execFile);

export interface Installed {
  /** Removed when the file's tests are done. */
  readonly workspace: string;
  readonly tarball: string;
  /** A project that has the package and nothing else. */
  readonly user: string;
  /** The installed program. */
  readonly main: string;
}

/** To be called before the tests of a file; takes half a minute, and what a registry takes. */
export async function installed(): Promise<Installed> {
  const workspace = await mkdtemp(join(tmpdir(), 'tenure-package-'));
  afterAll(() => rm(workspace, { recursive: true, force: true }));
  const source = join(workspace, 'source');
  for (const path of trackedFiles()) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await cp(join(ROOT, path), join(source, path));
  }
  await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  await run('npm', ['run', 'build'], { cwd: source });
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json'], { cwd: source });
  const tarball = join(source, filenameOf(packed.stdout));
  const user = join(workspace, 'user');
  await mkdir(user);
  await npmInstall(user, tarball);
  const main = join(user, 'node_modules/tenure/dist/lib/cli/main.js');
  return { workspace, tarball, user, main };
}

/** Installs a package into a folder, which becomes a project if it is none. */
export async function npmInstall(folder: string, what: string): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', what], {
    cwd: folder,
  });
}

/** npm reports a list of packages, or since npm 12 an object by name. */
function filenameOf(report: string): string {
  const [packed] = Object.values(JSON.parse(report) as Record<string, { filename: string }>);
  if (packed === undefined) throw new Error(`npm pack reported ${report}`);
  return packed.filename;
}
