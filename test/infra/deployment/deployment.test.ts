/**
 * The synthesized templates drive a deployment to this machine: an election, a crash, a leader-change
 * event from a real stream; each role asks for nothing that its policy does not allow.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { METRIC_NAMESPACE } from '../../../lib/cloudwatch/index.ts';
import { createElection } from '../../../lib/index.ts';
import { seedBaton, sqsBaton, tickSender } from '../../../lib/sqs/index.ts';
import { coldStart } from '../../functions/lambda-environment.ts';
import { stoppedTask, TASK_ARN } from '../../functions/task-state-change.ts';
import { problemsIn, unitsIn } from '../../functions/work-rows.ts';
import { buildWorker } from '../../functions/worker-image.ts';
import type { FaultProxy } from '../../support/network/fault-proxy.ts';
import { startWorker, type Worker } from '../../support/processes.ts';
import { readStream } from '../../support/table-stream.ts';
import { until } from '../../support/until.ts';
import {
  CLUSTER_ARN,
  type Deployed,
  deploy,
  refusedBy,
  SERVICE_NAME,
  watchDynamoDb,
} from './deployed.ts';
import { matches, passesFilters, resourcesOf } from './local-deployment.ts';

const WORKERS = 'TenureWorkers';
const OBSERVABILITY = 'TenureObservability';
const QUEUE = 'TenureQueue';
const FUNCTION = 'AWS::Lambda::Function';

let deployed: Deployed;
let workerBundle: string;

beforeAll(async () => {
  deployed = await deploy({ service: 'true', stopped: 'true', queue: 'true', lease: '10' });
  workerBundle = join(deployed.cloud.assetOf(WORKERS, leaderTask()), '..', 'worker.mjs');
  await buildWorker(workerBundle);
});
afterAll(() => deployed[Symbol.asyncDispose]());

const leaderTask = () => deployed.find(WORKERS, FUNCTION, 'LeaderTask').id;

/** The table that a function's variable names, as `unitsIn` takes it. */
const workTable = (env: Readonly<Record<string, string>>) => ({
  ...deployed.local,
  tableName: env.TENURE_WORK_TABLE ?? '',
});

async function watched(): Promise<FaultProxy> {
  const proxy = await watchDynamoDb(deployed);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return proxy;
}

describe('the scheduled function', () => {
  it('leads, crashes in the middle of its work, and another environment goes on', async () => {
    const proxy = await watched();
    const env = deployed.environmentOf(WORKERS, leaderTask(), proxy);
    const bundle = deployed.bundleOf(WORKERS, leaderTask());
    const first = await coldStart(bundle, env);
    expect(await first.invoke()).toEqual({ led: true, token: '1', units: 1 });

    const dying = await coldStart(bundle, { ...env, TENURE_UNIT_MS: '60000' });
    void dying.invoke({ timeoutMs: 60_000 }).catch(() => undefined);
    await dying.process.event('elected');
    dying.process.signal('SIGKILL');
    await dying.process.ended();

    const next = await coldStart(bundle, env);
    expect(await next.invoke({ timeoutMs: 60_000 })).toEqual({ led: true, token: '3', units: 2 });
    const units = await unitsIn(workTable(env), env.TENURE_ELECTION ?? '');
    expect(problemsIn(units)).toEqual([]);
    expect(units.map(({ token }) => token)).toEqual([1n, 3n]);

    expect(proxy.exchanges.length).toBeGreaterThan(5);
    expect(refusedBy(deployed.statementsOf(WORKERS, 'LeaderTaskRole'), proxy)).toEqual([]);
  });

  it('reports the metrics that the alarms and the dashboard read, with their dimensions', async () => {
    const env = deployed.environmentOf(WORKERS, leaderTask());
    const function_ = await coldStart(deployed.bundleOf(WORKERS, leaderTask()), env);
    await function_.invoke({ timeoutMs: 60_000 });
    const written = function_.process.lines.flatMap(metricsIn);
    const read = alarmMetrics(env.TENURE_ELECTION ?? '');
    for (const name of ['LeadingSeconds', 'LeadershipAcquired']) {
      expect(read).toContainEqual(expect.objectContaining({ name }));
      expect(written).toContainEqual(read.find((metric) => metric.name === name));
    }
  });

  it('writes what the dashboard asks for to say who leads', async () => {
    const { properties } = deployed.find(OBSERVABILITY, 'AWS::CloudWatch::Dashboard');
    const [, fields = ''] =
      /latest\(@timestamp\) as lastSeen by ([a-zA-Z, ]+)/.exec(
        JSON.stringify(properties.DashboardBody),
      ) ?? [];
    expect(fields.split(', ')).toEqual(['election', 'token', 'candidateId']);
    const env = deployed.environmentOf(WORKERS, leaderTask());
    const function_ = await coldStart(deployed.bundleOf(WORKERS, leaderTask()), env);
    await function_.invoke({ timeoutMs: 60_000 });
    const elected = function_.process.lines.filter(({ event }) => event === 'elected');
    expect(elected.length).toBeGreaterThan(0);
    for (const line of elected) {
      for (const field of fields.split(', ')) expect(line[field]).toEqual(expect.any(String));
    }
  });
});

interface MetricKey {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

function alarmMetrics(election: string): readonly MetricKey[] {
  return resourcesOf(deployed.cloud.template(OBSERVABILITY), 'AWS::CloudWatch::Alarm')
    .filter(({ properties }) => properties.Namespace === METRIC_NAMESPACE)
    .map(({ properties }) => ({
      namespace: properties.Namespace,
      name: properties.MetricName,
      dimensions: Object.fromEntries(
        deployed.cloud
          .resolve(OBSERVABILITY, properties.Dimensions)
          .map(({ Name, Value }: Record<string, string>) => [Name, Value]),
      ),
    }))
    .filter(({ dimensions }) => dimensions.Election === election);
}

/** Each metric of a line in Embedded Metric Format, as CloudWatch would file it. */
function metricsIn(line: Readonly<Record<string, unknown>>): readonly MetricKey[] {
  interface Directive {
    readonly Namespace: string;
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string }[];
  }
  const { CloudWatchMetrics = [] } = (line._aws ?? {}) as { CloudWatchMetrics?: Directive[] };
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name }) => ({
        namespace: Namespace,
        name: Name,
        dimensions: Object.fromEntries(names.map((name) => [name, line[name]])),
      })),
    ),
  );
}

describe('the service', () => {
  const OTHER_ARN = TASK_ARN.replace('0123', 'ffff');

  function container(): { readonly env: Record<string, string>; readonly stopTimeout: number } {
    const { properties } = deployed.find(WORKERS, 'AWS::ECS::TaskDefinition');
    const [definition] = deployed.cloud.resolve(
      WORKERS,
      properties.ContainerDefinitions.map(
        ({ Environment, StopTimeout }: Record<string, unknown>) => ({ Environment, StopTimeout }),
      ),
    );
    const entries = definition.Environment.map(({ Name, Value }: Record<string, string>) => [
      Name,
      Value,
    ]);
    return { env: Object.fromEntries(entries), stopTimeout: definition.StopTimeout };
  }

  async function startTask(taskArn: string, proxy: FaultProxy): Promise<Worker> {
    const task = { TaskARN: taskArn, Cluster: CLUSTER_ARN, Family: 'worker' };
    const metadata = createServer((_, response) => response.end(JSON.stringify(task)));
    await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void metadata.close());
    const { port } = metadata.address() as AddressInfo;
    const env = {
      ...container().env,
      AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
      ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/1`,
      TENURE_HEALTH_PORT: '0',
      TENURE_UNIT_MS: '50',
    };
    const worker = startWorker([workerBundle], { env });
    await worker.event('started');
    return worker;
  }

  it('elects, survives a crash through the rule and its function, and hands over on SIGTERM', async () => {
    const [tasks, rule] = [await watched(), await watched()];
    const a = await startTask(TASK_ARN, tasks);
    await a.event('elected');
    const b = await startTask(OTHER_ARN, tasks);
    await b.event('standby');
    const { env } = container();
    const worked = async () => unitsIn(workTable(env), env.TENURE_ELECTION ?? '');
    await until(async () => (await worked()).length > 0);
    a.signal('SIGKILL');
    await a.ended();

    const event = stoppedTask({ clusterArn: CLUSTER_ARN, group: `service:${SERVICE_NAME}` });
    expect(await deliver(event, rule)).toMatchObject({
      outcome: expect.stringMatching(/ended|not-holding/),
    });
    await b.event('elected');
    await until(async () => (await worked()).at(-1)?.token === 2n);

    b.signal('SIGTERM');
    const withinMs = container().stopTimeout * 1_000;
    expect(await b.ended({ withinMs })).toEqual({ code: 0, signal: null });
    expect(problemsIn(await worked())).toEqual([]);

    expect(refusedBy(deployed.statementsOf(WORKERS, 'ServiceTaskTaskRole'), tasks)).toEqual([]);
    expect(refusedBy(deployed.statementsOf(WORKERS, 'ServiceTaskStoppedRole'), rule)).toEqual([]);
  });

  /** Delivers as EventBridge does: only an event that the rule's pattern matches reaches the function. */
  async function deliver(
    event: ReturnType<typeof stoppedTask>,
    proxy: FaultProxy,
  ): Promise<unknown> {
    const { properties } = deployed.find(WORKERS, 'AWS::Events::Rule');
    const pattern = deployed.cloud.resolve(WORKERS, properties.EventPattern);
    expect(matches(event, pattern)).toBe(true);
    for (const other of [
      { lastStatus: 'RUNNING' },
      { launchType: 'EC2' },
      { clusterArn: `${CLUSTER_ARN}2` },
      { group: 'service:another' },
    ]) {
      expect(matches({ ...event, detail: { ...event.detail, ...other } }, pattern)).toBe(false);
    }
    const { id } = deployed.find(WORKERS, FUNCTION, 'ServiceTaskStopped');
    const env = deployed.environmentOf(WORKERS, id, proxy);
    const environment = await coldStart(deployed.bundleOf(WORKERS, id), env);
    return environment.invoke({ event });
  }
});

describe('the events of leader changes', () => {
  it('come from the stream of the deployed table, through the filter of the event source', async () => {
    const mapping = deployed.find(OBSERVABILITY, 'AWS::Lambda::EventSourceMapping').properties;
    const { id } = deployed.find(OBSERVABILITY, FUNCTION, 'LeaderChanges');
    const streamArn = deployed.cloud.resolve(OBSERVABILITY, mapping.EventSourceArn);
    await leadOnce();
    const all = await readStream(deployed.local.clientConfig, streamArn);
    const Records = all.filter((record) => passesFilters(record, mapping.FilterCriteria.Filters));
    expect(Records.length).toBeLessThan(all.length);

    const env = deployed.environmentOf(OBSERVABILITY, id);
    const environment = await coldStart(deployed.bundleOf(OBSERVABILITY, id), env);
    expect(await environment.invoke({ event: { Records } })).toEqual({ batchItemFailures: [] });
    const changes = deployed.bus.events
      .map(({ Detail }) => JSON.parse(Detail))
      .filter(({ election }) => election === 'quick-start');
    expect(changes.at(-2)).toMatchObject({ change: 'elected', leaderlessMs: expect.any(Number) });
    expect(changes.at(-1)).toMatchObject({ change: 'resigned' });
  });

  /** Leads one term of the scheduled function, and releases the role. */
  async function leadOnce(): Promise<void> {
    const env = deployed.environmentOf(WORKERS, leaderTask());
    const environment = await coldStart(deployed.bundleOf(WORKERS, leaderTask()), env);
    await environment.invoke({ timeoutMs: 60_000 });
  }
});

describe('the queues', () => {
  const urlOf = (prefix: string) =>
    deployed.cloud.resolve(QUEUE, { Ref: deployed.find(QUEUE, 'AWS::SQS::Queue', prefix).id });

  it('elect by the baton, as they are deployed', async () => {
    const { clientConfig } = deployed.sqs;
    const queueUrl = urlOf('Baton');
    const via = sqsBaton({ queueUrl, clientConfig });
    const name = 'quick-start-baton';
    await seedBaton({ queueUrl, clientConfig, election: name });
    const candidate = () => createElection({ name, via });
    const first = await candidate().lead(async ({ token }) => token);
    const second = await candidate().lead(async ({ token }) => token);
    expect(second).toBeGreaterThan(first);
  });

  it('bring ticks to their function, which may write their state and nothing else', async () => {
    const queueUrl = urlOf('TicksQueue');
    const sender = tickSender({ queueUrl, clientConfig: deployed.sqs.clientConfig });
    const { token } = await sender.send({ election: 'shards', body: '{"shards":4}' });
    const proxy = await watched();
    const { id } = deployed.find(QUEUE, FUNCTION, 'Ticks');
    const environment = await coldStart(
      deployed.bundleOf(QUEUE, id),
      deployed.environmentOf(QUEUE, id, proxy),
    );
    const attributes = {
      MessageGroupId: 'shards',
      SequenceNumber: String(token),
      ApproximateReceiveCount: '1',
    };
    const record = { messageId: '1', body: '{"shards":4}', attributes };
    await environment.invoke({ event: { Records: [record] } });
    expect(proxy.exchanges.map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });
});
