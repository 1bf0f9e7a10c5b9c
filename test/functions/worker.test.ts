import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { bundleFunctions } from '../../functions/bundle.ts';
import { environmentFor, type FreshTable, freshTable } from '../support/dynamodb.ts';
import { startWorker, type Worker } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { coldStart } from './lambda-environment.ts';
import { OWN, stoppedTask, TASK_ARN } from './task-state-change.ts';
import { problemsIn, unitsIn } from './work-rows.ts';
import { buildWorker, instructions } from './worker-image.ts';

let folder: string;
let main: string;
let guard: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-worker-'));
  main = join(folder, 'main.mjs');
  guard = join(folder, 'guard.mjs');
  await Promise.all([buildWorker(main), buildWorker(guard, 'guard')]);
});
afterAll(() => rm(folder, { recursive: true }));

/** ECS's metadata endpoint for one task. */
async function metadataOf(taskArn: string): Promise<string> {
  const task = { TaskARN: taskArn, Cluster: 'workers', Family: 'worker', AvailabilityZone: 'a' };
  const server = createServer((_request, response) => response.end(JSON.stringify(task)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4/1`;
}

async function startTask(
  table: FreshTable,
  taskArn: string,
  more = {},
  command: readonly string[] = [main],
): Promise<Worker> {
  const env = {
    ...environmentFor(table.endpoint),
    ECS_CONTAINER_METADATA_URI_V4: await metadataOf(taskArn),
    TENURE_TABLE: table.tableName,
    TENURE_ELECTION: 'e',
    TENURE_HEALTH_PORT: '0',
    TENURE_UNIT_MS: '50',
    ...more,
  };
  // The bundle is complete: it runs in a folder where Node finds no module.
  const worker = startWorker(command, { env, cwd: folder });
  await worker.event('started');
  return worker;
}

async function status(worker: Worker, path: string): Promise<number> {
  const { healthPort } = await worker.event('started');
  return (await fetch(`http://127.0.0.1:${healthPort}${path}`)).status;
}

const OTHER_ARN = TASK_ARN.replace('0123', 'ffff');

test('SIGTERM hands over with the work drained and the lease released last', async () => {
  using table = await freshTable();
  const a = await startTask(table, TASK_ARN);
  await a.event('elected');
  const b = await startTask(table, OTHER_ARN);
  await b.event('standby');
  expect(await Promise.all([status(a, '/leader'), status(b, '/leader')])).toEqual([200, 503]);
  await until(async () => (await unitsIn(table, 'e')).length > 3);
  a.signal('SIGTERM');
  expect(await a.ended()).toEqual({ code: 0, signal: null });
  // Metrics name the event that they come from too; a log line has a level.
  const logged = a.lines.filter(({ level }) => level !== undefined);
  expect(logged.slice(-4)).toMatchObject([
    { event: 'draining' },
    { event: 'drained' },
    { event: 'resigned', released: true },
    { event: 'stopped' },
  ]);
  await b.event('elected');
  expect(
    await Promise.all(['/leader', '/readyz', '/livez'].map((path) => status(b, path))),
  ).toEqual([200, 200, 200]);
  const { units: left } = a.lines.find(({ event }) => event === 'drained') as { units: number };
  await until(async () => (await unitsIn(table, 'e')).length > left + 3);
  const units = await unitsIn(table, 'e');
  expect(problemsIn(units)).toEqual([]);
  expect(units.findIndex(({ token }) => token === 2n)).toBe(left);
});

test('a stopped task’s lease of 30 s is ended by its event, and a standby leads soon after', async () => {
  using table = await freshTable();
  const timings = { TENURE_LEASE_MS: '30000', TENURE_RENEW_MS: '2000' };
  const a = await startTask(table, TASK_ARN, timings);
  await a.event('elected');
  const b = await startTask(table, OTHER_ARN, timings);
  await b.event('standby');
  const [bundle = ''] = await bundleFunctions(['task-stopped']);
  const taskStopped = await coldStart(bundle, {
    ...environmentFor(table.endpoint),
    TENURE_TABLE: table.tableName,
    TENURE_ELECTION: 'e',
    TENURE_CLUSTER_ARN: OWN.clusterArn,
    TENURE_SERVICE_NAME: OWN.serviceName,
  });
  const report = (detail = {}) => taskStopped.invoke({ event: stoppedTask(detail) });
  a.signal('SIGKILL');
  await a.ended();
  const killedAt = performance.now();
  // Out of order: the last event arrives before an earlier one.
  expect(await report()).toEqual({ outcome: 'ended' });
  expect(await report({ lastStatus: 'STOPPING' })).toEqual({ outcome: 'not-ours' });
  await b.event('elected');
  expect(performance.now() - killedAt).toBeLessThan(20_000);
  expect(await report()).toEqual({ outcome: 'not-holding' });
  expect(await status(b, '/leader')).toBe(200);
  const done = (await unitsIn(table, 'e')).length;
  await until(async () => (await unitsIn(table, 'e')).length > done);
  expect(problemsIn(await unitsIn(table, 'e'))).toEqual([]);
});

test('a worker that is killed has its role released by the first process of its image', async () => {
  using table = await freshTable();
  const lease = { TENURE_LEASE_MS: '60000', TENURE_RENEW_MS: '1000', TENURE_SETTLE_MS: '0' };
  const task = await startTask(table, TASK_ARN, lease, [guard, process.execPath, main]);
  await task.event('elected');
  const standby = await startTask(table, OTHER_ARN, lease);
  await standby.event('standby');
  const children = `/proc/${task.pid}/task/${task.pid}/children`;

  process.kill(Number((await readFile(children, 'utf8')).trim()), 'SIGKILL');

  expect((await task.ended()).code).toBe(137);
  expect(task.stderr()).toContain('released it for the process that is gone');
  await standby.event('elected');
});

test('a worker whose environment is wrong says everything that is wrong, and ends', async () => {
  const env = { TENURE_TABLE: undefined, TENURE_ELECTION: undefined, TENURE_LEASE_MS: 'long' };
  const worker = startWorker([main], { env, cwd: folder });
  expect(await worker.ended()).toMatchObject({ code: 1 });
  for (const variable of ['TENURE_TABLE', 'TENURE_ELECTION', 'TENURE_LEASE_MS']) {
    expect(worker.stderr()).toContain(variable);
  }
});

test('the image has a current Node, no rights, and the guard itself as its first process', async () => {
  const lines = await instructions();
  const bases = lines.filter((line) => line.startsWith('FROM'));
  expect(bases).toHaveLength(2);
  for (const base of bases) expect(base).toMatch(/\/node:24-slim( AS build)?$/);
  const image = lines.slice(lines.lastIndexOf(bases[1] ?? ''));
  expect(image).toContain('USER node');
  expect(image).toContain('STOPSIGNAL SIGTERM');
  expect(image.slice(-2)).toEqual(['ENTRYPOINT ["node", "guard.mjs"]', 'CMD ["node", "main.mjs"]']);
  expect(image.findIndex((line) => line.startsWith('USER'))).toBeGreaterThan(
    image.findLastIndex((line) => line.startsWith('COPY')),
  );
});
