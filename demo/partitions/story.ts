/**
 * The story of `npm run demo -- --partitions`: 24 partitions over four real processes; one is killed, one is
 * frozen, one leaves, one joins. The terminal draws who leads what after each.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseTable, dynamoDbGroup } from '../../lib/dynamodb/index.ts';
import { groupOperator } from '../../lib/index.ts';
import { localDynamoDb } from '../../lib/local/index.ts';
import type { Narrator } from '../narrate.ts';
import { type Board, createBoard, type Move, type WorkerLine } from './board.ts';
import { drawBoard, gapsLine } from './drawing.ts';
import { GROUP, PARTITIONS } from './settings.ts';

export interface PartitionsResult {
  readonly store: string;
  readonly scenes: readonly {
    readonly scene: string;
    /** From what was done until the shares were even. */
    readonly settledAfterMs: number;
    readonly moves: readonly Move[];
  }[];
  /** Two leaders of one partition at once. */
  readonly overlaps: number;
}

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const REGION = 'us-east-1';
/** Many times what anything here takes on a slow machine: a deadline that only a defect reaches. */
const DEADLINE_MS = 120_000;
const LOOK_MS = 50;
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

interface Worker {
  readonly name: string;
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  /** Shown while it leads nothing. */
  state: string;
  /** Whether it is to have a share. */
  isIn: boolean;
}

interface Hall {
  readonly board: Board;
  readonly workers: Worker[];
  start(name: string): Worker;
}

export async function tellOfPartitions(
  narrator: Narrator,
  signal: AbortSignal,
): Promise<PartitionsResult> {
  narrator.waitFor('starting DynamoDB Local');
  const engine = await localDynamoDb({ signal });
  const { endpoint } = engine;
  const clientConfig = { endpoint, region: REGION, credentials: CREDENTIALS };
  const client = new DynamoDBClient(clientConfig);
  // A name of its own: the endpoint may be one that the user has running.
  const tableName = `tenure-demo-${randomUUID().slice(0, 8)}`;
  const hall = openHall(tableName, endpoint);
  try {
    await createLeaseTable(client, tableName);
    const operator = groupOperator({
      name: GROUP,
      via: dynamoDbGroup({ tableName, clientConfig }),
    });
    await operator.create({ partitions: PARTITIONS });
    narrator.say(`${engine.description} is ready, with a group of ${PARTITIONS} partitions`);
    const scenes = await playScenes(hall, narrator, signal);
    return { store: engine.description, scenes, overlaps: hall.board.overlaps };
  } finally {
    narrator.waitFor('ending every process');
    for (const { process } of hall.workers) process.kill('SIGKILL');
    await Promise.all(hall.workers.map(({ ended }) => ended));
    if (engine.source === 'environment') {
      await client.send(new DeleteTableCommand({ TableName: tableName }));
    }
    client.destroy();
    await engine.stop();
    narrator.rest();
  }
}

function openHall(tableName: string, endpoint: string): Hall {
  const board = createBoard();
  const workers: Worker[] = [];
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  };
  return {
    board,
    workers,
    start(name) {
      const child = spawn(process.execPath, [WORKER, name, tableName], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env,
      });
      createInterface({ input: child.stdout }).on('line', (line) =>
        board.heard(name, JSON.parse(line) as WorkerLine),
      );
      const ended = new Promise((resolve) => child.once('close', resolve));
      const worker: Worker = { name, process: child, ended, state: 'starts', isIn: true };
      workers.push(worker);
      return worker;
    },
  };
}

type Scenes = PartitionsResult['scenes'];

async function playScenes(hall: Hall, narrator: Narrator, signal: AbortSignal): Promise<Scenes> {
  const scenes: Scenes[number][] = [];
  const scene = async (title: string, act: () => void, during: string) => {
    narrator.scene(title);
    const beganMs = performance.now();
    act();
    narrator.waitFor(during);
    await settled(hall, signal);
    const settledAfterMs = Math.round(performance.now() - beganMs);
    const moves = hall.board.takeMoves();
    scenes.push({ scene: title, settledAfterMs, moves });
    narrator.say(`even again after ${(settledAfterMs / 1_000).toFixed(1)} s`);
    narrator.say(gapsLine(moves, narrator.style));
    narrator.print(drawBoard(hall.board, hall.workers, moves, narrator.style));
  };
  const [north, east, south, west] = ['north', 'east', 'south', 'west'] as const;
  await scene(
    'Four workers start',
    () => [north, east, south, west].forEach(hall.start),
    'one of them plans for all',
  );
  await scene(
    'north is killed with SIGKILL',
    () => silence(hall, north, 'SIGKILL', 'killed'),
    'nobody hears from north; its lease runs out',
  );
  await scene(
    'east is frozen with SIGSTOP',
    () => silence(hall, east, 'SIGSTOP', 'frozen'),
    'the others cannot know that it is not dead',
  );
  await scene(
    'east wakes up: its terms are over, and it joins again',
    () => {
      const worker = workerOf(hall, east);
      worker.process.kill('SIGCONT');
      worker.isIn = true;
    },
    'it joins under a new id',
  );
  await scene(
    'south is told to stop with SIGTERM',
    () => {
      const worker = workerOf(hall, south);
      worker.process.kill('SIGTERM');
      Object.assign(worker, { isIn: false, state: 'left' });
    },
    'it hands over, and works on until then',
  );
  await scene('zenith joins', () => void hall.start('zenith'), 'only its share moves');
  return scenes;
}

function workerOf({ workers }: Hall, name: string): Worker {
  const worker = workers.find((one) => one.name === name);
  if (worker === undefined) throw new Error(`there is no worker ${name}`);
  return worker;
}

function silence(hall: Hall, name: string, by: NodeJS.Signals, state: string): void {
  const worker = workerOf(hall, name);
  hall.board.silenced(worker.name, Date.now());
  worker.process.kill(by);
  Object.assign(worker, { isIn: false, state });
}

/** Every partition is led, by workers whose shares differ by one at most. */
async function settled({ board, workers }: Hall, signal: AbortSignal): Promise<void> {
  const isEven = () => {
    const inside = workers.filter(({ isIn }) => isIn).map(({ name }) => name);
    const counts = board.shares(inside).map(({ length }) => length);
    const led = counts.reduce((sum, count) => sum + count, 0);
    return led === PARTITIONS && Math.max(...counts) - Math.min(...counts) <= 1;
  };
  const deadline = performance.now() + DEADLINE_MS;
  while (!isEven()) {
    await delay(LOOK_MS, undefined, { signal });
    if (performance.now() > deadline) throw new Error(`not even within ${DEADLINE_MS / 1_000} s`);
  }
}
