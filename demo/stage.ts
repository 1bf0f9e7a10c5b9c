/**
 * The stage: a real DynamoDB Local, its tables, the workers, and everything that happens, in order.
 *
 * Decides how things are started. Everything that was started is ended again, whatever happens in
 * between.
 */
import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseTable } from '../lib/dynamodb/index.ts';
import { localDynamoDb, localSqs } from '../lib/local/index.ts';
import { seedBaton } from '../lib/sqs/index.ts';
import { createLedger, type LedgerEntry, readLedger } from './ledger.ts';
import type { StageEvent } from './stage-event.ts';
import { DEMO_TIMINGS, ELECTION } from './timings.ts';
import { type DemoTables, startWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface Stage extends AsyncDisposable {
  /** As `DynamoDB Local 3.3.1`. */
  readonly store: string;
  readonly events: readonly StageEvent[];
  readonly workers: ReadonlyMap<string, WorkerProcess>;
  /** Where the store answers. */
  readonly endpoint: string;
  /** What the queue beside it holds: the role itself, or hints of a release. */
  readonly holds: 'baton' | 'hints';
  /** `endpoint`: where this worker finds the store, if not at the stage's own. */
  addWorker(name: string, how?: { readonly endpoint: string }): WorkerProcess;
  /** Tells of something that befalls a worker from outside. */
  emit(event: StageEvent): void;
  /** Calls back with each event from now on; what is returned ends that. */
  listen(listener: (event: StageEvent) => void): () => void;
  /** The first event from `after` on for which this holds. Rejects at the deadline or when aborted. */
  next(
    matches: (event: StageEvent) => boolean,
    options: { readonly what: string; readonly after?: number },
  ): Promise<StageEvent>;
  readLedger(): Promise<readonly LedgerEntry[]>;
}

/** Many times what anything here takes on a slow machine: a deadline that only a defect reaches. */
const DEADLINE_MS = 60_000;
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const REGION = 'us-east-1';

export async function openStage(options: {
  /** Whether the workers elect over a queue. The ledger is a table all the same. */
  readonly queue?: boolean;
  /** Whether it goes on until it is ended: then events are told and not kept. */
  readonly isOpenEnded?: boolean;
  readonly signal: AbortSignal;
}): Promise<Stage> {
  const { signal } = options;
  const engine = await localDynamoDb({ signal });
  const client = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: REGION,
    credentials: CREDENTIALS,
  });
  // Names of its own: the endpoint may be one that the user has running.
  const run = randomUUID().slice(0, 8);
  const tables = { lease: `tenure-demo-${run}`, ledger: `tenure-demo-ledger-${run}` };
  let queue: DemoQueue;
  try {
    await Promise.all([
      createLeaseTable(client, tables.lease),
      createLedger(client, tables.ledger),
    ]);
    queue = await openQueue(run, options.queue ? 'baton' : 'hints');
  } catch (error) {
    await engine.stop();
    throw error;
  }
  const events: StageEvent[] = [];
  const listeners = new Set<(event: StageEvent) => void>();
  const workers = new Map<string, WorkerProcess>();
  const emit = (event: StageEvent) => {
    if (!options.isOpenEnded) events.push(event);
    for (const listener of listeners) listener(event);
  };
  const listen: Stage['listen'] = (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    store: `${engine.description} with ${queue.description}`,
    endpoint: engine.endpoint,
    holds: queue.holds,
    events,
    workers,
    listen,
    emit,
    addWorker(name, { endpoint } = { endpoint: engine.endpoint }) {
      const worker = startWorkerProcess({
        name,
        tables,
        queue,
        env: environmentOf(endpoint, options.isOpenEnded === true),
        emit,
      });
      workers.set(name, worker);
      return worker;
    },
    next: (matches, how) => nextEvent({ events, listen, matches, signal, ...how }),
    readLedger: () => readLedger(client, tables.ledger),
    async [Symbol.asyncDispose]() {
      await endAll(workers);
      if (engine.source === 'environment') await dropTables(client, tables);
      client.destroy();
      await queue.stop();
      await engine.stop();
    },
  };
}

interface DemoQueue {
  readonly description: string;
  readonly url: string;
  readonly holds: 'baton' | 'hints';
  stop(): Promise<void>;
}

/**
 * For batons with a first one in it, so that the first leader need not wait until the queue counts
 * as emptied.
 */
async function openQueue(run: string, holds: DemoQueue['holds']): Promise<DemoQueue> {
  const { description, createQueue, stop } = await localSqs();
  if (holds === 'hints') {
    return { description, url: await createQueue(`tenure-demo-${run}`), holds, stop };
  }
  const url = await createQueue(`tenure-demo-${run}.fifo`, {
    VisibilityTimeout: String(DEMO_TIMINGS.leaseDurationMs / 1_000),
  });
  const clientConfig = { region: REGION, credentials: CREDENTIALS };
  await seedBaton({ queueUrl: url, election: ELECTION, clientConfig });
  return { description, url, holds, stop };
}

/** An engine of our own ends with its tables; in another's they would stay. */
async function dropTables(client: DynamoDBClient, tables: DemoTables): Promise<void> {
  for (const TableName of Object.values(tables)) {
    await client.send(new DeleteTableCommand({ TableName }));
  }
}

function environmentOf(endpoint: string, isOpenEnded: boolean): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(isOpenEnded && { DEMO_OPEN_ENDED: '1' }),
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  };
}

function nextEvent(wanted: {
  readonly events: readonly StageEvent[];
  readonly listen: Stage['listen'];
  readonly matches: (event: StageEvent) => boolean;
  readonly signal: AbortSignal;
  readonly what: string;
  readonly after?: number;
}): Promise<StageEvent> {
  const { events, listen, matches, signal, what, after = events.length } = wanted;
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      unlisten();
      signal.removeEventListener('abort', abort);
      finish();
    };
    const abort = () => settle(() => reject(signal.reason));
    const late = () => reject(new Error(`${what}: not seen within ${DEADLINE_MS / 1_000} s`));
    const timer = setTimeout(() => settle(late), DEADLINE_MS);
    const look = (event: StageEvent) => {
      if (matches(event)) return settle(() => resolve(event));
      if (event.kind === 'failed') {
        settle(() => reject(new Error(`worker ${event.worker} failed: ${event.why}`)));
      }
    };
    const unlisten = listen(look);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) return abort();
    const past = events.slice(after).find(matches);
    if (past !== undefined) look(past);
  });
}

async function endAll(workers: ReadonlyMap<string, WorkerProcess>): Promise<void> {
  for (const worker of workers.values()) worker.end();
  await Promise.all([...workers.values()].map(({ ended }) => ended));
}
