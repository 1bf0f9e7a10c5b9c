/**
 * The first hour of a new user: what the README says, typed into an empty folder with the packed package,
 * on the smallest Node and on this one, with npm and with pnpm.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startWorker, type Worker } from '../support/processes.ts';
import { type Installed, installed, npmInstall } from '../support/programs/packed.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
/** A package that is not in the cache of npm or pnpm comes from a registry. */
const INSTALL_TIMEOUT_MS = 480_000;
const SMALLEST_NODE = `node-${process.platform}-${process.arch}`;

/** The environment of a user without an AWS account. */
const BARE = {
  ...{ AWS_REGION: undefined, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
  ...{ AWS_ENDPOINT_URL_DYNAMODB: undefined, TENURE_DYNAMODB_ENDPOINT: undefined },
  ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/nonexistent' },
};
const LOCAL = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };

let packed: Installed;
let shown: { readonly sample: string; readonly commands: readonly string[] };

beforeAll(async () => {
  packed = await installed();
  const readme = await readFile(join(packed.user, 'node_modules/tenure/README.md'), 'utf8');
  const [sample = '', shell = ''] = [...readme.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(
    ([, text = '']) => text,
  );
  const commands = shell.split('\n').map((line) => line.replace(/#.*/, '').trim());
  shown = { sample, commands: commands.filter((command) => command !== '') };
}, INSTALL_TIMEOUT_MS);

/** A folder with the sample in it, where the README's commands ran with this package manager. */
async function firstHour(name: string, manager: readonly string[]): Promise<string> {
  const folder = join(packed.workspace, name);
  await mkdir(folder);
  await writeFile(join(folder, 'lead.mjs'), shown.sample);
  const [command = '', ...args] = manager;
  for (const line of shown.commands.filter((each) => each.startsWith('npm install'))) {
    const words = line.split(' ').slice(2);
    const what = words.map((word) => (word === 'tenure' ? packed.tarball : word));
    const verb = words.includes('--save-dev') || command === 'npm' ? 'install' : 'add';
    await run(command, [...args, verb, '--prefer-offline', ...what], { cwd: folder });
  }
  return folder;
}

/** The README's last command, on a port that is free here. Resolves with what it says to export. */
async function startLocal(folder: string): Promise<Readonly<Record<string, string>>> {
  const line = shown.commands.find((each) => each.startsWith('npx tenure local')) ?? '';
  const words = line.split(' ').slice(2);
  const port = String(await freePort());
  const args = words.map((word) => (word === '8000' ? port : word));
  const main = join(folder, 'node_modules/tenure/dist/lib/cli/main.js');
  const local = startWorker([main, ...args], { cwd: folder, env: BARE });
  await until(() => local.stdout().includes('TENURE_TABLE'));
  const shell = execFileSync('sh', ['-c', `${local.stdout()}\nenv`], { encoding: 'utf8' });
  const lines = shell.split('\n').filter((text) => /^(AWS|TENURE)_/.test(text));
  return Object.fromEntries(lines.map((text) => text.split(/=(.*)/s).slice(0, 2)));
}

const leads = (worker: Worker) => until(() => /^leading, term \d+$/m.test(worker.stdout()));

describe('the first hour', () => {
  it(
    'leads with npm on the smallest Node, and another one leads when it stops',
    async () => {
      const runtime = join(packed.workspace, 'smallest');
      await mkdir(runtime);
      await npmInstall(runtime, `${SMALLEST_NODE}@22.0.0`);
      const command = join(runtime, 'node_modules', SMALLEST_NODE, 'bin/node');
      const cwd = await firstHour('by-npm', ['npm']);
      const env = await startLocal(cwd);

      const first = startWorker(['lead.mjs'], { command, cwd, env });
      await leads(first);
      const second = startWorker(['lead.mjs'], { command, cwd, env });
      first.signal('SIGTERM');

      expect(await first.ended()).toEqual({ code: 0, signal: null });
      await leads(second);
    },
    INSTALL_TIMEOUT_MS,
  );

  it(
    'leads with pnpm on this Node, whose strict folders hide what is not asked for',
    async () => {
      const tools = join(packed.workspace, 'pnpm');
      await mkdir(tools);
      await npmInstall(tools, 'pnpm@10.34.8');
      const pnpm = [process.execPath, join(tools, 'node_modules/pnpm/bin/pnpm.cjs')];
      const cwd = await firstHour('by-pnpm', pnpm);
      const env = await startLocal(cwd);

      await leads(startWorker(['lead.mjs'], { cwd, env }));
    },
    INSTALL_TIMEOUT_MS,
  );

  it('says at once that no Region is set, and ends', async () => {
    await writeFile(join(packed.user, 'lead.mjs'), shown.sample);

    const worker = startWorker(['lead.mjs'], { cwd: packed.user, env: BARE });

    expect(await worker.ended()).toMatchObject({ code: 1 });
    expect(worker.stderr()).toContain('no Region is configured for table "tenure"; set AWS_REGION');
  });

  it('says once that nothing answers at the endpoint, and goes on asking', async () => {
    await writeFile(join(packed.user, 'lead.mjs'), shown.sample);
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const env = { ...BARE, ...LOCAL, AWS_ENDPOINT_URL_DYNAMODB: endpoint };

    const worker = startWorker(['lead.mjs'], { cwd: packed.user, env });

    const said = `election "orders": table "tenure" at ${endpoint} did not answer`;
    await until(() => worker.stderr().includes(said));
    worker.signal('SIGTERM');
    expect(await worker.ended()).toEqual({ code: 0, signal: null });
  });
});
