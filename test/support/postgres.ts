/**
 * A PostgreSQL for a test: the server from the Debian package where it is installed, else PGlite.
 *
 * The server refuses to run as root, so root starts it as the package's own user.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/** One connection, which runs one transaction at a time. */
export interface Connection {
  query(text: string, values?: string[]): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface Postgres extends AsyncDisposable {
  /** `server` takes many connections; `pglite` has one. */
  readonly kind: 'server' | 'pglite';
  connect(): Promise<Connection>;
}

const SETPRIV = '/usr/bin/setpriv';

export async function startPostgres(): Promise<Postgres> {
  const folder = serverFolder();
  return folder === undefined ? startPglite() : startServer(folder);
}

/** Where `initdb` and `postgres` are, newest first. */
function serverFolder(): string | undefined {
  const debian = globSync('/usr/lib/postgresql/*/bin').sort((a, b) => version(b) - version(a));
  const onPath = (process.env.PATH ?? '').split(':');
  return [...debian, ...onPath].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

function version(folder: string): number {
  return Number(folder.split('/').at(-2));
}

async function startPglite(): Promise<Postgres> {
  const database = await PGlite.create();
  return {
    kind: 'pglite',
    connect: async () => ({
      query: async (text, values) => ({ rows: (await database.query(text, values)).rows }),
    }),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

async function startServer(folder: string): Promise<Postgres> {
  const user = serverUser();
  const data = mkdtempSync(join(tmpdir(), 'tenure-postgres-'));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(data, user.uid, user.gid);
  const run = promisify(execFile);
  const options = { ...user, cwd: data };
  const initialise = ['-D', data, '-U', 'tenure', '-A', 'trust', '--no-sync', '-E', 'UTF8'];
  await run(join(folder, 'initdb'), initialise, options);
  const port = await freePort();
  const settings = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  const command = [join(folder, 'postgres'), '-D', data, '-p', `${port}`];
  for (const setting of settings) command.push('-c', setting);
  // So that it cannot outlive a test run that is killed.
  if (existsSync(SETPRIV)) command.unshift(SETPRIV, '--pdeathsig', 'INT');
  const [program = '', ...args] = command;
  const server = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  await ready(server);
  const clients: pg.Client[] = [];
  return {
    kind: 'server',
    async connect() {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        user: 'tenure',
        database: 'postgres',
      });
      clients.push(client);
      await client.connect();
      return client;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.end()));
      const ended = new Promise((resolve) => server.once('close', resolve));
      server.kill('SIGINT');
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function serverUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = (line ?? '').split(':');
  if (uid === undefined || gid === undefined) throw new Error('no user "postgres" to start it as');
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (text) => {
      said += text;
      if (said.includes('ready to accept connections')) resolve();
    });
    server.once('close', (code) => reject(new Error(`postgres ended with ${code}: ${said}`)));
    server.once('error', reject);
  });
}
