/**
 * The part `cost`: what a leader and a standby ask of their store while nothing happens, counted on the
 * wire by a proxy of each one's own, and what that comes to at list prices.
 *
 * Units follow DynamoDB's rules for items of less than 1 KB: a write is one unit, also when its condition
 * fails; a read is one unit if strongly consistent and half of one if not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { seedBaton } from '../lib/sqs/index.ts';
import { type Exchange, type FaultProxy, startFaultProxy } from '../test/support/fault-proxy.ts';
import type { Order } from './fail-over/program.ts';
import { CREDENTIALS, REGION } from './fail-over/store-names.ts';
import { type Store, startStore } from './fail-over/stores.ts';
import { buildPrograms, programOf, SYSTEMS, type System } from './fail-over/systems.ts';
import { HOURS_A_MONTH, PRICES } from './prices.ts';

export interface CostSettings {
  readonly systems: readonly string[];
  readonly forMs: number;
}

/** Of one candidate, in an hour of the steady state. */
export interface Bill {
  readonly requests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly queueRequests: number;
  readonly refusedWrites: number;
  readonly dollarsAMonth: number;
}

export interface SystemCost {
  readonly name: string;
  readonly title: string;
  readonly group: System['group'];
  readonly leader: Bill;
  readonly standby: Bill;
}

/** As in the part `fail-over`, so that the two can be put together. */
const TIMINGS = { leaseDurationMs: 3_000, renewIntervalMs: 1_000 };
const READS = new Set(['GetItem', 'Query']);
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/** Requests to etcd and Redis have no price: their servers have, and those run anyway. */
const isBilled = ({ store }: System) => store === 'dynamodb' || store === 'sqs';

export async function cost({ systems, forMs }: CostSettings) {
  await buildPrograms();
  const chosen = SYSTEMS.filter(isBilled).filter(
    ({ name }) => systems.length === 0 || systems.includes(name),
  );
  process.stderr.write(`cost: ${chosen.map(({ name }) => name).join(', ')}…\n`);
  // Side by side: these processes mostly sleep.
  await using dynamoDb = await startStore('dynamodb');
  await using sqs = await startStore('sqs');
  const stores = { dynamoDb, sqs };
  const figures = await Promise.all(chosen.map((system) => measure(system, stores, forMs)));
  return { ...TIMINGS, forMs, prices: PRICES, systems: figures };
}

async function measure(
  system: System,
  { dynamoDb, sqs }: { readonly dynamoDb: Store; readonly sqs: Store },
  forMs: number,
): Promise<SystemCost> {
  const store = system.store === 'sqs' ? sqs : dynamoDb;
  const queues = system.queue === 'hints' ? sqs : undefined;
  const election = randomUUID();
  const queueUrl = await queueOf(system, queues ?? store, election);
  const start = async () => {
    const proxy = await startFaultProxy(endpointOf(store));
    const queueProxy = queues && (await startFaultProxy(endpointOf(queues)));
    const { hostname: host, port } = new URL(proxy.endpoint);
    const proxied = queueProxy && queueUrl && through(queueProxy, queueUrl);
    const child = launch(system, {
      system: system.name,
      election,
      ...TIMINGS,
      host,
      port: Number(port),
      queueUrl: proxied ?? queueUrl ?? '',
    });
    return { child, proxies: queueProxy ? [proxy, queueProxy] : [proxy] };
  };
  const leader = await start();
  await leads(leader.child);
  const standby = await start();
  // Past what starting costs, and past the first lease of watching.
  await sleep(2 * TIMINGS.leaseDurationMs);
  const sinceMs = performance.now();
  await sleep(forMs);
  const elapsedMs = performance.now() - sinceMs;
  const bill = (of: { readonly proxies: readonly FaultProxy[] }) =>
    billOf(
      of.proxies.flatMap(({ exchanges }) => exchanges.filter(({ atMs }) => atMs >= sinceMs)),
      { elapsedMs, fifo: system.queue === 'baton' },
    );
  const { name, title, group } = system;
  const figures = { name, title, group, leader: bill(leader), standby: bill(standby) };
  for (const { child, proxies } of [leader, standby]) {
    child.kill('SIGKILL');
    for (const proxy of proxies) await proxy.stop();
  }
  return figures;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function launch(system: System, order: Order): ChildProcess {
  const child = spawn(process.execPath, [programOf(system), JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1' },
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  child.stdout?.resume();
  return child;
}

/** Until it writes to the resource. */
async function leads({ stdout }: ChildProcess): Promise<void> {
  if (stdout === null) throw new Error('a candidate without output');
  const lines = createInterface({ input: stdout });
  for (;;) {
    const [line] = await once(lines, 'line');
    if (String(line).startsWith('w ')) break;
  }
}

async function queueOf(
  system: System,
  queues: Store,
  election: string,
): Promise<string | undefined> {
  if (system.queue === undefined) return undefined;
  if (system.queue === 'hints') return queues.createQueue?.(election);
  const queueUrl = await queues.createQueue?.(`${election}.fifo`, {
    VisibilityTimeout: String(TIMINGS.leaseDurationMs / 1_000),
    MessageRetentionPeriod: '1209600',
  });
  if (queueUrl === undefined) throw new Error('a baton needs a queue');
  const clientConfig = { region: REGION, credentials: CREDENTIALS, endpoint: endpointOf(queues) };
  await seedBaton({ queueUrl, election, clientConfig });
  return queueUrl;
}

const endpointOf = ({ host, port }: Store): string => `http://${host}:${port}`;

const through = (proxy: FaultProxy, url: string): string =>
  new URL(new URL(url).pathname, proxy.endpoint).href;

function billOf(
  exchanges: readonly Exchange[],
  { elapsedMs, fifo }: { readonly elapsedMs: number; readonly fifo: boolean },
): Bill {
  const anHour = 3_600_000 / elapsedMs;
  const count = (matches: (exchange: Exchange) => boolean) =>
    exchanges.filter(matches).length * anHour;
  const isQueues = ({ operation }: Exchange) => !READS.has(operation) && !WRITES.has(operation);
  const reads = count(({ operation }) => READS.has(operation));
  const strong = count(
    ({ operation, body }) => READS.has(operation) && /"ConsistentRead":\s*true/.test(body),
  );
  const writeUnits = count(({ operation }) => WRITES.has(operation));
  const queueRequests = count(isQueues);
  const readUnits = strong + (reads - strong) / 2;
  const price = PRICES.dollarsPerMillion;
  const queuePrice = fifo ? price.fifoQueueRequests : price.standardQueueRequests;
  const dollarsAnHour =
    (writeUnits * price.writeUnits + readUnits * price.readUnits + queueRequests * queuePrice) /
    1e6;
  return {
    requests: exchanges.length * anHour,
    writeUnits,
    readUnits,
    queueRequests,
    refusedWrites: count(({ errorType }) => errorType === 'ConditionalCheckFailedException'),
    dollarsAMonth: dollarsAnHour * HOURS_A_MONTH,
  };
}
