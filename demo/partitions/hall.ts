/**
 * The group of the demo on DynamoDB Local, and the processes that are its members.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseTable, dynamoDbGroup } from '../../lib/dynamodb/index.ts';
import { groupOperator } from '../../lib/index.ts';
import { localDynamoDb } from '../../lib/local/index.ts';
import type { Narrator } from '../narrate.ts';
import type { WorkerLine } from './board.ts';
import { GROUP, PARTITIONS } from './settings.ts';

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const REGION = 'us-east-1';
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

export interface Worker {
  readonly name: string;
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  /** Shown while it leads nothing. */
  state: string;
  /** Whether it is to have a share. */
  isIn: boolean;
}

export interface Hall {
  /** The engine, as `DynamoDB Local 3.3.1`. */
  readonly store: string;
  readonly workers: Worker[];
  start(name: string): Worker;
}

interface Opening {
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  readonly hear: (worker: string, line: WorkerLine) => void;
}

/** The hall is there until `use` settles; then every process is ended, and the table is gone. */
export async function withHall<T>(
  { narrator, signal, hear }: Opening,
  use: (hall: Hall) => Promise<T>,
): Promise<T> {
  narrator.waitFor('starting DynamoDB Local');
  const engine = await localDynamoDb({ signal });
  const { endpoint } = engine;
  const clientConfig = { endpoint, region: REGION, credentials: CREDENTIALS };
  const client = new DynamoDBClient(clientConfig);
  // A name of its own: the endpoint may be one that the user has running.
  const tableName = `tenure-demo-${randomUUID().slice(0, 8)}`;
  const workers: Worker[] = [];
  const start = (name: string): Worker => {
    const worker = startWorker({ name, tableName, endpoint, hear });
    workers.push(worker);
    return worker;
  };
  try {
    await createLeaseTable(client, tableName);
    const via = dynamoDbGroup({ tableName, clientConfig });
    await groupOperator({ name: GROUP, via }).create({ partitions: PARTITIONS });
    narrator.say(`${engine.description} is ready, with a group of ${PARTITIONS} partitions`);
    return await use({ store: engine.description, workers, start });
  } finally {
    narrator.waitFor('ending every process');
    for (const { process } of workers) process.kill('SIGKILL');
    await Promise.all(workers.map(({ ended }) => ended));
    if (engine.source === 'environment') {
      await client.send(new DeleteTableCommand({ TableName: tableName }));
    }
    client.destroy();
    await engine.stop();
    narrator.rest();
  }
}

interface Start extends Pick<Opening, 'hear'> {
  readonly name: string;
  readonly tableName: string;
  readonly endpoint: string;
}

function startWorker({ name, tableName, endpoint, hear }: Start): Worker {
  const child = spawn(process.execPath, [WORKER, name, tableName], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
  });
  createInterface({ input: child.stdout }).on('line', (line) =>
    hear(name, JSON.parse(line) as WorkerLine),
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  return { name, process: child, ended, state: 'starts', isIn: true };
}
