/**
 * The local account itself: MiniStack on a free port of loopback, with a folder of its own.
 *
 * What it is not: a judge of permissions (it knows no `dynamodb:LeadingKeys`), nor of alarms (it leaves
 * dimensions and missing data out). Permissions are compared with every call in `test/infra`; alarms are
 * judged by `alarms.ts`.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonPrograms } from '../tools/python.ts';
import { type Environment, ROOT, start, until } from './shell.ts';

export const REGION = 'us-east-1';
export const ACCOUNT_ID = '000000000000';

export interface Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly folder: string;
  readonly programs: string;
  readonly pid: number;
  /** What a program needs to take this account for AWS. */
  readonly env: Environment;
  /** The processes that run its functions, by the function's name. */
  functionProcesses(functionName: string): Promise<readonly number[]>;
}

export async function startServer(): Promise<Server> {
  const programs = await pythonPrograms();
  // Outside of the repository, whose package.json would make ES modules of the functions' wrappers.
  const folder = await mkdtemp(join(tmpdir(), 'tenure-account-'));
  const port = await freePort();
  // Functions and tasks run on the Node that the tests run on.
  const PATH = `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`;
  const endpoint = `http://127.0.0.1:${port}`;
  const log = createWriteStream(join(folder, 'server.log'));
  const server = start(join(programs, 'ministack'), [], {
    cwd: folder,
    heard: (line) => void log.write(`${line}\n`),
    env: {
      ...withoutOurs(process.env),
      PATH,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: '127.0.0.1',
      TMPDIR: folder,
      S3_DATA_DIR: join(folder, 's3'),
      STATE_DIR: join(folder, 'state'),
    },
  });
  await until('the account answers', () => answers(`${endpoint}/_ministack/health`));
  return {
    endpoint,
    folder,
    programs,
    pid: server.pid,
    env: {
      ...withoutOurs(process.env),
      PATH,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      CDK_DISABLE_CLI_TELEMETRY: '1',
    },
    functionProcesses: (name) => functionProcesses(server.pid, name),
    async [Symbol.asyncDispose]() {
      const children = await descendantsOf(server.pid);
      server.signal('SIGTERM');
      const timer = setTimeout(() => server.signalAll('SIGKILL'), 5_000);
      await server.ended;
      clearTimeout(timer);
      for (const pid of children) endIfRunning(pid);
      await new Promise((resolve) => log.end(resolve));
      // A process that was killed a moment ago may have written a last file.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The environment without this machine's AWS account and without the test runner's variables. */
function withoutOurs(env: Environment): Environment {
  const ours = /^(?:AWS_|VITEST|NODE_ENV$|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function functionProcesses(server: number, name: string): Promise<readonly number[]> {
  const pids = await descendantsOf(server);
  const named = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(`AWS_LAMBDA_FUNCTION_NAME=${name}`) ? [pid] : [];
    }),
  );
  return named.flat();
}

/** Found by the parents that Linux names, so that only processes of this account are listed. */
export async function descendantsOf(ancestor: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (stat !== '') parents.set(Number(entry), parent);
  }
  const descends = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === ancestor || descends(parent));
  };
  return [...parents.keys()].filter(descends);
}

function endIfRunning(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended with the server, as it should.
  }
}
