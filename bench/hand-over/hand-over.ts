/**
 * How long the role is vacant when a leader is told to stop by SIGTERM: an emulator's figure.
 *
 * `node bench/hand-over/hand-over.ts [trials]` prints one JSON object and ends with code 1 where a hand-over takes
 * longer than it may. Real processes, DynamoDB Local and fauxqs on this machine. Measured from the
 * moment that the old leader's work is told to stop, a little before its release is sent, to the new
 * leader's election, each by its own process's wall clock, which is the same machine's. There is always
 * one leader and one standby that waits; the lease is 30 s, so nothing but the hand-over elects.
 *
 * `lease` is the same without hints: there the leader announces that it will stop, and the standbys read at
 * short intervals when it does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseTable } from '../../lib/dynamodb/index.ts';
import { startDynamoDbLocal, startSqsLocal } from '../../lib/local/index.ts';
import { seedBaton } from '../../lib/sqs/index.ts';
import { quantile } from '../statistics.ts';
import type { HandOverOrder } from './candidate.ts';

const PROGRAM = fileURLToPath(new URL('./candidate.ts', import.meta.url));
const P50_MS_MAX = 60;
const P95_MS_MAX = 250;
/** By then a standby listens, also where an old hint has woken it first; see `await-hints.ts`. */
const LISTENING_MS = 2_000;
const DEADLINE_MS = 60_000;
const TRIALS = Number(process.argv[2] ?? 40);
const LOCAL = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

interface Event {
  readonly event: string;
  readonly atEpochMs: number;
}

interface Candidate {
  readonly child: ChildProcess;
  until(name: string): Promise<Event>;
}

await using dynamoDb = await startDynamoDbLocal();
await using sqs = await startSqsLocal();
const client = new DynamoDBClient({ ...LOCAL, endpoint: dynamoDb.endpoint });
await createLeaseTable(client, 'tenure');
client.destroy();
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function start(order: HandOverOrder): Candidate {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const events: Event[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as Event);
    for (const look of listeners) look();
  });
  const until = (name: string) =>
    new Promise<Event>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${name}`)), DEADLINE_MS);
      const look = () => {
        const found = events.find(({ event }) => event === name);
        if (found === undefined) return;
        listeners.delete(look);
        clearTimeout(timer);
        resolve(found);
      };
      listeners.add(look);
      look();
    });
  return { child, until };
}

async function orderFor(mechanism: HandOverOrder['mechanism']): Promise<HandOverOrder> {
  const name = `${mechanism}-${randomUUID()}`;
  const queueUrl =
    mechanism === 'baton'
      ? await sqs.createQueue(`${name}.fifo`, { MessageRetentionPeriod: '1209600' })
      : await sqs.createQueue(name);
  if (mechanism === 'baton') await seedBaton({ queueUrl, election: name, clientConfig: LOCAL });
  const { endpoint: dynamoDbEndpoint } = dynamoDb;
  return { mechanism, election: name, queueUrl, dynamoDbEndpoint, tableName: 'tenure' };
}

/** Leaderless milliseconds of each hand-over. */
async function measure(mechanism: HandOverOrder['mechanism'], trials: number) {
  const order = await orderFor(mechanism);
  const leaderlessMs: number[] = [];
  let leader = start(order);
  await leader.until('elected');
  for (let trial = 0; trial < trials; trial += 1) {
    const next = start(order);
    // A candidate for a baton says that it waits only when its first poll has come back.
    if (mechanism !== 'baton') await next.until('standby');
    await delay(LISTENING_MS);
    leader.child.kill('SIGTERM');
    const [stopping, elected] = [await leader.until('stopping'), await next.until('elected')];
    leaderlessMs.push(elected.atEpochMs - stopping.atEpochMs);
    leader = next;
  }
  leader.child.kill('SIGKILL');
  return {
    trials,
    p50Ms: quantile(leaderlessMs, 0.5),
    p95Ms: quantile(leaderlessMs, 0.95),
    maxMs: Math.max(...leaderlessMs),
  };
}

const baton = await measure('baton', TRIALS);
const leaseWithHints = await measure('lease-with-hints', TRIALS);
const lease = await measure('lease', TRIALS);
const within = [baton, leaseWithHints, lease].every(
  ({ p50Ms, p95Ms }) => p50Ms <= P50_MS_MAX && p95Ms <= P95_MS_MAX,
);
const figures = { baton, leaseWithHints, lease, limits: { p50Ms: P50_MS_MAX, p95Ms: P95_MS_MAX } };
const on = `${dynamoDb.description} and ${sqs.description}: not AWS`;
process.stdout.write(`${JSON.stringify({ benchmark: 'hand-over', on, ...figures, within })}\n`);
process.exitCode = within ? 0 : 1;
