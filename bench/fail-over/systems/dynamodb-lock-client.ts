/**
 * The npm package `dynamodb-lock-client`, fail-open, by its own clock or (`-wall-clock`) by the time of
 * day. Used as its README shows: lead until its `error` event, then acquire again; a renew interval later
 * where acquiring itself failed, as a service would rather than end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import AWS from 'aws-sdk';
import { FailOpen, type Lock } from 'dynamodb-lock-client';
import { aborted, run } from '../program.ts';
import { CREDENTIALS, PEER_TABLE, REGION } from '../store-names.ts';

run(async (order, stage) => {
  const { host, port, leaseDurationMs, renewIntervalMs, election } = order;
  const endpoint = `http://${host}:${port}`;
  const dynamodb = new AWS.DynamoDB.DocumentClient({ endpoint, region: REGION, ...CREDENTIALS });
  const client = new FailOpen({
    dynamodb,
    lockTable: PEER_TABLE,
    partitionKey: 'id',
    heartbeatPeriodMs: renewIntervalMs,
    leaseDurationMs,
    trustLocalTime: order.system.endsWith('wall-clock'),
    retryCount: Number.MAX_SAFE_INTEGER,
  });
  const acquire = () =>
    new Promise<Lock>((resolve, reject) => {
      client.acquireLock(election, (error, lock) => (lock ? resolve(lock) : reject(error)));
    });
  while (!stage.signal.aborted) {
    const failed = Symbol('failed');
    const lock = await Promise.race([acquire().catch(() => failed), aborted(stage.signal)]);
    if (lock === undefined) return;
    if (typeof lock === 'symbol') {
      await sleep(renewIntervalMs);
      continue;
    }
    let told = false;
    const lost = new Promise<void>((resolve) => {
      lock.on('error', () => {
        told = true;
        resolve();
      });
    });
    stage.take({ token: String(lock.fencingToken), believes: () => !told });
    await Promise.race([lost, aborted(stage.signal)]);
    stage.leave();
    if (!told) await new Promise<void>((resolve) => lock.release(() => resolve()));
  }
});
