/**
 * A program of before a move: it leads by the npm package `dynamodb-lock-client`, as its README shows, and writes
 * with that package's token.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { npmLockClient } from '../../tools/locks.ts';
import { ELECTION, LOCK_KEY, TIMINGS, type Way } from './ways.ts';
import type { LeadWhile } from './workload.ts';

interface Lock {
  readonly fencingToken: number;
  on(event: 'error', listener: (error: Error) => void): void;
  release(callback: () => void): void;
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

export async function leadByNpmLockClient(
  way: Extract<Way, { via: 'npm lock' }>,
): Promise<LeadWhile> {
  const { endpoint, tableName: lockTable } = way;
  const { DynamoDB } = await npmLockClient<OldSdk>('aws-sdk');
  const { FailOpen } = await npmLockClient<Package>('dynamodb-lock-client');
  const { leaseDurationMs, renewIntervalMs: heartbeatPeriodMs } = TIMINGS[way.via];
  const client = new FailOpen({
    dynamodb: new DynamoDB.DocumentClient({ endpoint, region: process.env.AWS_REGION }),
    ...{ lockTable, partitionKey: LOCK_KEY, leaseDurationMs, heartbeatPeriodMs },
    retryCount: Number.MAX_SAFE_INTEGER,
  });
  const acquire = () =>
    new Promise<Lock>((resolve, reject) => {
      client.acquireLock(ELECTION, (error, lock) => (lock ? resolve(lock) : reject(error)));
    });

  return async (work, signal) => {
    const lock = await Promise.race([acquire(), aborted(signal)]);
    if (lock === undefined) return;
    const lost = new AbortController();
    lock.on('error', (error) => lost.abort(error));
    const over = AbortSignal.any([lost.signal, signal]);
    await work({
      ...{ election: ELECTION, candidateId: `npm ${process.pid}`, signal: over },
      token: BigInt(lock.fencingToken),
      journal: { record: () => undefined },
      // The package promises nothing of the time that is left.
      remainingMs: () => (over.aborted ? 0 : 1),
      throwIfOver: () => over.throwIfAborted(),
    });
    if (!lost.signal.aborted) await new Promise<void>((resolve) => lock.release(resolve));
    else await sleep(heartbeatPeriodMs);
  };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
