/**
 * A program that leads through the library, and ends as its arguments tell.
 *
 * `spawn`: starts a guardian of its own. `lease=<ms>`, `renew=<ms>`, `hints=<url>`, `queue=<url>`. Standard
 * input is told how to end: `abort`, `throw`, `exit`, `exit-renewing` (once a renewal is sent),
 * `exit-renewed` (once it is answered, and nobody here has read that), `oom`, `heap-full`,
 * `close-descriptors`; `fork` leaves a child instead.
 */
import { spawn } from 'node:child_process';
import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { createElection } from '../../../lib/index.ts';
import { sqsBaton, sqsHints } from '../../../lib/sqs/index.ts';

const wishes = process.argv.slice(2);
const wish = (name: string) =>
  wishes.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const hintsUrl = wish('hints');
const batonUrl = wish('queue');
const tableName = process.env.TENURE_TABLE;
const leaseDurationMs = Number(wish('lease') ?? 6_000);
const settleMs = Number(wish('settle') ?? 0);
const renewIntervalMs = Number(wish('renew') ?? Math.min(1_000, leaseDurationMs / 5));

let exitsIn: 'renewing' | 'renewed' | undefined;
const client = new DynamoDBClient({});
const { requestHandler } = client.config;
const send = requestHandler.handle.bind(requestHandler);
requestHandler.handle = async (request, options) => {
  const answer = send(request, options);
  if (exitsIn !== undefined && String(request.body).includes('UpdateExpression')) {
    if (exitsIn === 'renewed') await answer;
    process.exit(3);
  }
  return answer;
};

const elections = (wish('elections') ?? 'orders').split(',').map((name) =>
  createElection({
    name,
    via: batonUrl
      ? sqsBaton({ queueUrl: batonUrl })
      : dynamoDbLease({
          client,
          tableName,
          historyDays: 0,
          hints: hintsUrl ? sqsHints({ queueUrl: hintsUrl }) : undefined,
        }),
    timings: {
      leaseDurationMs,
      renewIntervalMs,
      // A loaded machine takes its time to answer.
      writeTimeoutMs: Math.min(2_000, leaseDurationMs / 4),
      settleMs,
    },
    lastWill: wishes.includes('spawn') ? 'spawn' : undefined,
    journal: {
      record: ({ event, ...rest }) =>
        say({
          event,
          election: rest.election,
          token: 'token' in rest ? String(rest.token) : undefined,
          atEpochMs: rest.atEpochMs,
          message: 'error' in rest ? String(rest.error) : undefined,
        }),
    },
  }),
);
say({ event: 'started', pid: process.pid });
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const led = elections.map((election) =>
  election.leadWhile(
    (term) =>
      new Promise<void>((resolve) => {
        term.signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    { signal: stop.signal },
  ),
);
// The open standard input would keep the process alive.
void Promise.all(led).then(() => process.exit(0));

const ends: Record<string, () => unknown> = {
  abort: () => process.abort(),
  throw: () =>
    setImmediate(() => {
      throw new Error('as told');
    }),
  exit: () => process.exit(3),
  'exit-renewing': () => {
    exitsIn = 'renewing';
  },
  'exit-renewed': () => {
    exitsIn = 'renewed';
  },
  oom: () => {
    const kept: Buffer[] = [];
    // Zeros alone would share one page.
    for (;;) kept.push(Buffer.alloc(1 << 24, 1));
  },
  'heap-full': () => {
    const kept: object[] = [];
    for (;;) kept.push(new Array(1_000).fill(kept));
  },
  'close-descriptors': () => {
    for (const fd of readdirSync('/proc/self/fd').map(Number)) {
      if (fd < 3 || isEventLoops(fd)) continue;
      try {
        closeSync(fd);
      } catch {
        // This descriptor is not open.
      }
    }
    // Without descriptors there is no event loop: the process stays alive, and does nothing.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'fork') return fork();
  ends[line]?.();
});

/** Leaves a child that inherits every socket of this process, as a fork without an exec does. */
function fork(): void {
  const sockets = readdirSync('/proc/self/fd').map(Number).filter(isSocket);
  const child = spawn('sleep', ['1000'], { stdio: ['ignore', 'ignore', 'ignore', ...sockets] });
  say({ event: 'forked', pid: child.pid });
}

/** Whether other threads wait on this descriptor: closing it would end the process by another death. */
function isEventLoops(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('anon_inode:');
  } catch {
    return true;
  }
}

function isSocket(fd: number): boolean {
  try {
    return fd > 2 && readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
  } catch {
    return false;
  }
}
