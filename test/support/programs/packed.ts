/**
 * The package as its user gets it: built from the tracked files, packed, and installed into an empty folder.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import { madeOnce } from '../made-once.ts';

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

/** The packed package, made once for the whole run. */
export async function packedPackage(): Promise<string> {
  return (await madeOnce<{ tarball: string }>('/package')).tarball;
}

/** To be called before the tests of a file; takes a build, and what a registry takes. */
export async function installed(): Promise<Installed> {
  const workspace = await mkdtemp(join(tmpdir(), 'tenure-package-'));
  afterAll(() => rm(workspace, { recursive: true, force: true }));
  const tarball = await packedPackage();
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
