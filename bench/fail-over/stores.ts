/**
 * The stores, each a real one on a free loopback port: DynamoDB Local, fauxqs for SQS, PostgreSQL
 * from npm, etcd and Redis from Debian's packages. All state in memory or in a folder that goes with the run.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseTable } from '../../lib/dynamodb/index.ts';
import { startDynamoDbLocal, startSqsLocal } from '../../lib/local/index.ts';
import { freePort } from '../../test/support/free-port.ts';
import { startPostgres } from '../../test/support/programs/postgres.ts';
import { CREDENTIALS, PEER_TABLE, REGION, TABLE } from './store-names.ts';

export type StoreKind = 'dynamodb' | 'sqs' | 'etcd' | 'redis' | 'postgres';

export interface Store extends AsyncDisposable {
  readonly description: string;
  readonly host: string;
  readonly port: number;
  /** Where the store has queues. */
  createQueue?(name: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
}

const START_MS_MAX = 20_000;

export function startStore(kind: StoreKind): Promise<Store> {
  switch (kind) {
    case 'dynamodb':
      return startDynamoDb();
    case 'sqs':
      return startSqs();
    case 'etcd':
      return startEtcd();
    case 'redis':
      return startRedis();
    case 'postgres':
      return startPostgresServer();
  }
}

export async function startDynamoDb(): Promise<Store> {
  const local = await startDynamoDbLocal();
  const { endpoint } = local;
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  await createLeaseTable(client, TABLE);
  await client.send(
    new CreateTableCommand({
      TableName: PEER_TABLE,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  client.destroy();
  const stop = () => local[Symbol.asyncDispose]();
  return { ...placeOf(endpoint), description: local.description, [Symbol.asyncDispose]: stop };
}

async function startSqs(): Promise<Store> {
  const local = await startSqsLocal();
  return {
    ...placeOf(local.endpoint),
    description: local.description,
    createQueue: (name, attributes) => local.createQueue(name, attributes),
    [Symbol.asyncDispose]: () => local.stop(),
  };
}

async function startEtcd(): Promise<Store> {
  const description = `etcd ${await versionOf('etcd')}, one node`;
  const [port, peerPort] = [await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'tenure-etcd-'));
  const at = (where: number) => `http://127.0.0.1:${where}`;
  const child = spawn(
    'etcd',
    [
      ...['--data-dir', folder, '--log-level', 'error'],
      ...['--listen-client-urls', at(port), '--advertise-client-urls', at(port)],
      ...['--listen-peer-urls', at(peerPort), '--initial-advertise-peer-urls', at(peerPort)],
      ...['--initial-cluster', `default=${at(peerPort)}`],
    ],
    { stdio: 'ignore' },
  );
  return whenUp(child, { port, description, folder });
}

async function startRedis(): Promise<Store> {
  const description = `Redis ${await versionOf('redis-server')}, one server`;
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'tenure-redis-'));
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  return whenUp(child, { port, description, folder });
}

async function startPostgresServer(): Promise<Store> {
  const server = await startPostgres();
  const connection = await server.connect();
  const { rows } = await connection.query('SHOW server_version');
  const [{ server_version: version } = { server_version: 'of unknown version' }] = rows as {
    readonly server_version: string;
  }[];
  return {
    host: '127.0.0.1',
    port: server.port,
    description: `PostgreSQL ${version}, one server`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** As the program says it; whether it is there at all is found when it is started. */
async function versionOf(program: string): Promise<string> {
  const asked = promisify(execFile)(program, ['--version']);
  const { stdout } = await asked.catch(() => ({ stdout: '' }));
  return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'of unknown version';
}

async function whenUp(
  child: ChildProcess,
  of: { readonly port: number; readonly description: string; readonly folder: string },
): Promise<Store> {
  let problem: Error | undefined;
  child.once('error', (error) => {
    problem = error;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const deadlineMs = performance.now() + START_MS_MAX;
  while (!(await accepts(of.port))) {
    if (problem !== undefined) {
      const what = `${of.description} could not be started; install Debian's etcd-server, redis-server`;
      throw new Error(what, { cause: problem });
    }
    if (performance.now() > deadlineMs) throw new Error(`${of.description} did not start`);
    await sleep(50);
  }
  return {
    host: '127.0.0.1',
    port: of.port,
    description: of.description,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await rm(of.folder, { recursive: true, force: true });
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const tell = (up: boolean) => {
      socket.destroy();
      resolve(up);
    };
    socket.once('connect', () => tell(true)).once('error', () => tell(false));
  });
}

function placeOf(endpoint: string): { host: string; port: number } {
  const { hostname, port } = new URL(endpoint);
  return { host: hostname, port: Number(port) };
}
