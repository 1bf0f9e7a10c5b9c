/** Packs the package as `npm publish` would: built from the tracked files, apart from the working tree. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, trackedFiles } from '../../architecture/source.ts';

const run = promisify(execFile);

export interface Packed {
  readonly tarball: string;
  remove(): Promise<void>;
}

export async function packPackage(): Promise<Packed> {
  const source = await mkdtemp(join(tmpdir(), 'tenure-source-'));
  for (const path of trackedFiles()) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await cp(join(ROOT, path), join(source, path));
  }
  await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  await run('npm', ['run', 'build'], { cwd: source });
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json'], { cwd: source });
  const tarball = join(source, filenameOf(packed.stdout));
  return { tarball, remove: () => rm(source, { recursive: true, force: true }) };
}

/** npm reports a list of packages, or since npm 12 an object by name. */
function filenameOf(report: string): string {
  const [packed] = Object.values(JSON.parse(report) as Record<string, { filename: string }>);
  if (packed === undefined) throw new Error(`npm pack reported ${report}`);
  return packed.filename;
}
