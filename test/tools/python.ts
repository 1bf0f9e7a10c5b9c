/**
 * The Python programs that tests need, of pinned versions, in a virtual environment of their own.
 */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from './cached.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

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

const environment = cachedFolder('tenure-python', [REQUIREMENTS], async (home) => {
  const run = promisify(execFile);
  await run('python3', ['-m', 'venv', home]);
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--prefer-binary'];
  await run(join(home, 'bin', 'pip'), ['install', ...quiet, '--requirement', REQUIREMENTS]);
});

/** Whether the programs are there, so that `pythonPrograms` asks nothing of the network. */
export const hasPythonPrograms = environment.isThere;

/** The folder of the programs. @throws where Python, or the package index, is missing. */
export async function pythonPrograms(): Promise<string> {
  return join(await environment.folder(), 'bin');
}
