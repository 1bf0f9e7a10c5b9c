/**
 * The npm package `dynamodb-lock-client`, fail-open, by its own clock or (`-wall-clock`) by the time of
 * day. Used as its README shows: lead until its `error` event, then acquire again.
 */
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
    const lock = await Promise.race([acquire(), aborted(stage.signal)]);
    if (lock === undefined) return;
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
