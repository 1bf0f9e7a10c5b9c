/**
 * The Python programs that tests need, of pinned versions, in a virtual environment of their own.
 *
 * Made once for each set of versions, under `node_modules/.cache`, and used by every later run.
 */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');

/** Checks for the Python that the programs need, and for the modules that make an environment. */
const SUITS = 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 10))';

/** Whether there is a Python 3.10 or later that can make an environment. Debian packages venv separately. */
export function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', SUITS], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether the programs are there, so that `pythonPrograms` asks nothing of the network. */
export function hasPythonPrograms(): boolean {
  return existsSync(complete(homeOf()));
}

/** The folder of the programs. @throws where Python, or the package index, is missing. */
export async function pythonPrograms(): Promise<string> {
  const home = homeOf();
  if (!existsSync(complete(home))) await makeEnvironment(home);
  return join(home, 'bin');
}

function homeOf(): string {
  const version = createHash('sha256')
    .update(readFileSync(REQUIREMENTS))
    // An environment contains its folder's path, so it does not work in a copy of the repository.
    .update(CACHE)
    .digest('hex');
  return join(CACHE, `tenure-python-${version.slice(0, 12)}`);
}

const complete = (home: string) => join(home, 'complete');

/** An interrupted run leaves a folder that no later run uses, not half an environment. */
async function makeEnvironment(home: string): Promise<void> {
  const run = promisify(execFile);
  await mkdir(CACHE, { recursive: true });
  await rm(home, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', home]);
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--prefer-binary'];
  await run(join(home, 'bin', 'pip'), ['install', ...quiet, '--requirement', REQUIREMENTS]);
  await writeFile(complete(home), '');
}
