/**
 * The Python programs that a local account needs, in a virtual environment of this folder's own.
 *
 * Made once for each set of pinned versions, under `node_modules/.cache`, and used by every later run.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, run } from './shell.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const CACHE = join(ROOT, 'node_modules', '.cache');

/** The folder of its programs. @throws where Python 3 with venv, or the package index, is missing. */
export async function pythonPrograms(): Promise<string> {
  const version = createHash('sha256')
    .update(readFileSync(REQUIREMENTS))
    // An environment names its own folder, and does not move with a copy of the repository.
    .update(CACHE)
    .digest('hex');
  const home = join(CACHE, `tenure-account-${version.slice(0, 12)}`);
  if (!existsSync(join(home, 'complete'))) await makeEnvironment(home);
  return join(home, 'bin');
}

/** A run that was cut off leaves a folder that nobody uses, not half an environment. */
async function makeEnvironment(home: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  await rm(home, { recursive: true, force: true });
  try {
    await run('python3', ['-m', 'venv', home]);
  } catch (cause) {
    throw new Error('python3 must have venv; on Debian: apt-get install python3-venv', { cause });
  }
  await run(join(home, 'bin', 'pip'), ['install', '--quiet', '--requirement', REQUIREMENTS]);
  const draft = join(CACHE, `complete-${randomUUID()}`);
  await mkdir(draft);
  await rename(draft, join(home, 'complete'));
}
