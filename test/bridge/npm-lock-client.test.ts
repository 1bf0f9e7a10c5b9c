/** The row format of the npm package `dynamodb-lock-client`, beside that package and its SDK. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { npmLockClientLock } from '../../lib/index.ts';
import { EVERY_MS, hold, keepsItsRules, LEASE_MS, type Place } from '../contract/other-lock.ts';
import { npmLockClient } from '../tools/locks.ts';
import { KEY_NAME, lockTable } from './lock-table.ts';

interface Lock {
  readonly fencingToken: number;
  readonly heartbeatTimeout?: NodeJS.Timeout;
  on(event: 'error', listener: () => void): void;
  release(callback: (error?: Error) => void): void;
}

interface Package {
  readonly FailOpen: new (
    options: object,
  ) => {
    acquireLock(id: string, callback: (error: Error | undefined, lock?: Lock) => void): void;
  };
}

interface OldSdk {
  readonly DynamoDB: { readonly DocumentClient: new (options: object) => object };
}

async function setting(trustLocalTime: boolean) {
  const table = await lockTable();
  const { endpoint, tableName, failing, overwrite, key } = table;
  const { DynamoDB } = await npmLockClient<OldSdk>('aws-sdk');
  const { FailOpen } = await npmLockClient<Package>('dynamodb-lock-client');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const locks: Lock[] = [];

  async function theirs() {
    const dynamodb = new DynamoDB.DocumentClient({ endpoint, region: 'us-east-1', ...credentials });
    const client = new FailOpen({
      ...{ dynamodb, lockTable: tableName, partitionKey: KEY_NAME, trustLocalTime },
      ...{ leaseDurationMs: LEASE_MS, heartbeatPeriodMs: EVERY_MS, retryCount: 1_000 },
    });
    let lock: Lock | undefined;
    const die = () => clearTimeout(lock?.heartbeatTimeout);
    onTestFinished(die);
    return {
      acquire: () =>
        new Promise<void>((resolve, reject) => {
          client.acquireLock('orders', (error, acquired) => {
            if (acquired === undefined) return reject(error);
            lock = acquired;
            locks.push(acquired);
            acquired.on('error', () => undefined);
            resolve();
          });
        }),
      release: () => new Promise<void>((resolve) => lock?.release(() => resolve())),
      die,
    };
  }

  const place: Place = {
    theirs,
    ours: (faults) =>
      npmLockClientLock({
        ...{ documents: failing(faults), tableName, key },
        ...{ leaseDurationMs: LEASE_MS, everyMs: EVERY_MS },
      }),
    takeAway: async () => void (await overwrite('guid', new Uint8Array(64))),
  };
  return { ...table, place, locks };
}

describe('beside programs that wait a lease', () => {
  keepsItsRules(async () => (await setting(false)).place);
});

test('says when it was renewed, for programs that trust the time of day', async () => {
  const { place } = await setting(true);
  const held = await hold(place.ours());
  let isTheirs = false;
  const their = await place.theirs();
  const acquired = their.acquire().then(() => {
    isTheirs = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 3 * EVERY_MS));
  expect(isTheirs).toBe(false);

  await held.release();
  await acquired;
});

test('counts the fencing token on, whoever holds the lock', async () => {
  const { place, locks, row } = await setting(false);
  const first = await place.theirs();
  await first.acquire();
  await first.release();
  const held = await hold(place.ours());
  expect((await row())?.fencingToken).toBe(2);
  await held.release();

  await (await place.theirs()).acquire();

  expect(locks.map((lock) => lock.fencingToken)).toEqual([1, 3]);
});
