/**
 * The packed package on the runtimes that it is for: the oldest Node that `engines` names, Bun and Deno.
 * An older Node gets one sentence.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../architecture/source.ts';
import { dynamoDbEndpoint, environmentFor } from '../support/dynamodb.ts';
import { type Installed, installed, npmInstall } from '../support/programs/packed.ts';

const run = promisify(execFile);
/** Runtimes are some 100 MB each, from a cache or from a registry. */
const INSTALL_TIMEOUT_MS = 480_000;

const { platform, arch } = process;
/** Their packages hold the program itself, so that no script of an install has to run. */
const RUNTIMES = {
  smallest: [`node-${platform}-${arch}`, '22.0.0', 'bin/node'],
  below: [`node-${platform}-${arch}`, '20.0.0', 'bin/node'],
  bun: [`@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}`, '1.4.5', 'bin/bun'],
  deno: [`@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`, '2.9.5', 'deno'],
} as const;

let packed: Installed;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  packed = await installed();
  env = { ...process.env, ...environmentFor(await dynamoDbEndpoint()) };
  await writeFile(join(packed.user, 'lead.mjs'), LEAD);
  await writeFile(join(packed.user, 'load.cjs'), LOAD);
}, INSTALL_TIMEOUT_MS);

/** A program that leads once and prints what happened. */
const LEAD = `
  import { createElection } from 'tenure';
  import { dynamoDbLease } from 'tenure/dynamodb';
  const events = [];
  const journal = { record: ({ event, error }) => events.push(error ? String(error.code) : event) };
  const via = dynamoDbLease({});
  const election = createElection({ name: process.argv.at(-1), via, journal });
  const said = await election.lead(async (term) => term.remainingMs() > 0 && 'led');
  console.log(JSON.stringify({ said, events }));
  process.exit(0);
`;

/** A program in CommonJS. */
const LOAD = `import('tenure').then((tenure) => console.log(typeof tenure.createElection));\n`;

async function runtime(name: keyof typeof RUNTIMES): Promise<string> {
  const [packageName, version, path] = RUNTIMES[name];
  const folder = join(packed.workspace, name);
  await mkdir(folder, { recursive: true });
  await npmInstall(folder, `${packageName}@${version}`);
  return join(folder, 'node_modules', packageName, path);
}

describe('the packed package', () => {
  it('has the smallest Node of engines under test here', async () => {
    const { engines } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));

    expect(engines.node).toBe('>=22');
    expect(RUNTIMES.smallest[1]).toBe('22.0.0');
  });

  it(
    'leads, looks and lists on the smallest Node that engines names',
    async () => {
      const node = await runtime('smallest');
      const tenure = (...args: string[]) => run(node, [packed.main, ...args], { env });

      const led = await tenure('run', 'small', '--create-table', '--', 'sh', '-c', 'echo led');
      const terms = await tenure('history', 'small', '--json');
      const checked = await tenure('doctor', 'small', '--json');
      const led2 = await run(node, ['lead.mjs', 'small'], { cwd: packed.user, env });

      const loaded = await run(node, ['load.cjs'], { cwd: packed.user });

      expect(loaded.stdout).toBe('function\n');
      expect(led.stdout).toBe('led\n');
      expect(JSON.parse(terms.stdout).terms).toHaveLength(1);
      expect(JSON.parse(checked.stdout).healthy).toBe(true);
      expect(JSON.parse(led2.stdout).said).toBe('led');
    },
    INSTALL_TIMEOUT_MS,
  );

  it(
    'says in one sentence that a Node below is too old',
    async () => {
      const node = await runtime('below');

      await expect(run(node, [packed.main, 'status', 'x'])).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(
          /^tenure: needs Node\.js 22 or later, and this is 20\.0\.0; .*\n$/,
        ),
      });
    },
    INSTALL_TIMEOUT_MS,
  );

  it.each([
    ['bun', ['lead.mjs']],
    ['deno', ['run', '--allow-all', 'lead.mjs']],
  ] as const)(
    'leads on %s',
    async (name, args) => {
      const command = await runtime(name);

      const led = await run(command, [...args, `on-${name}`], { cwd: packed.user, env });

      const { said, events } = JSON.parse(led.stdout);
      expect(said).toBe('led');
      // On a loaded machine the store may answer late, and the election asks again. Nothing else may go wrong.
      expect(events.filter((event: string) => event !== 'UNREACHABLE')).toEqual([
        'elected',
        'resigned',
      ]);
    },
    INSTALL_TIMEOUT_MS,
  );
});
