/** A lock in Redis by the Redlock algorithm, on three real servers, beside the npm package `redlock`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type RedisServer, redisLock } from '../../lib/index.ts';
import {
  EVERY_MS,
  type Faults,
  hold,
  keepsItsRules,
  LEASE_MS,
  noFaults,
  type Place,
  through,
} from '../contract/other-lock.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { npmLockClient } from '../tools/locks.ts';

interface Redis extends RedisServer {
  on(event: 'error', listener: () => void): void;
  del(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  disconnect(): void;
}

interface Lock {
  extend(ttlMs: number): Promise<Lock>;
  unlock(): Promise<void>;
}

type Redlock = new (
  clients: readonly object[],
  options: { retryCount: number; retryDelay: number },
) => {
  on(event: 'clientError', listener: () => void): void;
  acquire(resource: string, ttlMs: number): Promise<Lock>;
};

async function startServer() {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'tenure-redis-'));
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { port, stop };
}

async function setting() {
  const servers = [await startServer(), await startServer(), await startServer()];
  const { Redis: Client } = await npmLockClient<{
    Redis: new (options: object) => Redis;
  }>('ioredis');
  const Package = await npmLockClient<Redlock>('redlock');

  const connect = () =>
    servers.map(({ port }) => {
      const client = new Client({ host: '127.0.0.1', port, maxRetriesPerRequest: 1 });
      client.on('error', () => undefined);
      onTestFinished(() => client.disconnect());
      return client;
    });
  const admin = connect();
  await until(async () =>
    (await Promise.allSettled(admin.map((one) => one.del('x')))).every(isDone),
  );

  function ours(faults: Faults = noFaults()) {
    // A lost answer is that of all servers, as where the holder's own network fails.
    let losing = 0;
    const failing = connect().map(
      (client): RedisServer => ({
        eval: (script, ...rest) => {
          if (losing === 0 && faults.answersToLose > 0) {
            faults.answersToLose -= 1;
            losing = servers.length;
          }
          const isLost = losing > 0;
          losing -= isLost ? 1 : 0;
          const one = { cutOff: faults.cutOff, answersToLose: isLost ? 1 : 0 };
          return through(one, true, () => client.eval(script, ...rest));
        },
      }),
    );
    const times = { leaseDurationMs: LEASE_MS, everyMs: EVERY_MS };
    return redisLock({ servers: failing, key: 'orders', ...times });
  }

  async function theirs() {
    const redlock = new Package(connect(), { retryCount: 100_000, retryDelay: 100 });
    redlock.on('clientError', () => undefined);
    let lock: Lock | undefined;
    let extending: NodeJS.Timeout | undefined;
    const die = () => clearInterval(extending);
    onTestFinished(die);
    return {
      async acquire() {
        lock = await redlock.acquire('orders', LEASE_MS);
        extending = setInterval(() => void lock?.extend(LEASE_MS).catch(() => undefined), EVERY_MS);
      },
      async release() {
        die();
        await lock?.unlock();
      },
      die,
    };
  }

  const place: Place = {
    ours,
    theirs,
    takeAway: async () =>
      void (await Promise.all(admin.map((one) => one.set('orders', 'another')))),
  };
  return { place, servers };
}

const isDone = ({ status }: PromiseSettledResult<unknown>) => status === 'fulfilled';

describe('beside the package', () => {
  keepsItsRules(async () => (await setting()).place);
});

test('outlives one of three servers, and not two', async () => {
  const { place, servers } = await setting();
  const held = await hold(place.ours());
  await servers[0]?.stop();
  await new Promise((resolve) => setTimeout(resolve, 1.3 * LEASE_MS));
  expect(held.lost.aborted).toBe(false);

  await servers[1]?.stop();

  await until(() => held.lost.aborted);
});
