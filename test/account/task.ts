/**
 * A task of the deployed service, as the process that its image would run.
 *
 * Environment, stop signal and stop timeout come from the deployed task definition, the program from the
 * Dockerfile. Three things are of this machine: the endpoint of AWS, a free port, and the task's identity.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CreateLogStreamCommand,
  type InputLogEvent,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { instructions } from '../functions/worker-image.ts';
import type { Account } from './account.ts';
import { ACCOUNT_ID, REGION } from './server.ts';
import { type Environment, start } from './shell.ts';

export interface Task extends AsyncDisposable {
  readonly taskArn: string;
  readonly lines: readonly string[];
  /** Freezes, thaws or ends all of its processes at once, as the end of a machine does. */
  signalAll(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  /** The stop signal of the image, then SIGKILL after the stop timeout, as ECS does it. */
  stop(): Promise<number | null>;
  /** Hands what was written to CloudWatch, as the log driver does. */
  ship(): Promise<void>;
}

export interface TaskDefinition {
  readonly environment: Environment;
  readonly stopTimeoutMs: number;
  readonly logGroup: string;
}

/** The definition of the worker's container, as the account holds it. */
export async function taskDefinitionOf(
  account: Account,
  stack: string,
  service = 'Service',
): Promise<TaskDefinition> {
  const taskDefinition = await account.physicalId(stack, 'AWS::ECS::TaskDefinition', service);
  const target = 'AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition';
  const { taskDefinition: found } = await account.call(target, { taskDefinition });
  const [container] = found.containerDefinitions;
  const variables = container.environment as readonly { name: string; value: string }[];
  return {
    environment: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
    stopTimeoutMs: container.stopTimeout * 1_000,
    logGroup: container.logConfiguration.options['awslogs-group'],
  };
}

export async function startTask(
  account: Account,
  of: {
    readonly id: number;
    readonly definition: TaskDefinition;
    readonly cluster: string;
    /** The folder with what the image holds. */
    readonly image: string;
    /** Left out: the Dockerfile of this package's worker. */
    readonly dockerfile?: string;
    readonly extra?: Environment;
  },
): Promise<Task> {
  const { definition, image, cluster } = of;
  const taskId = String(of.id).padStart(32, '0');
  const taskArn = `arn:aws:ecs:${REGION}:${ACCOUNT_ID}:task/${cluster}/${taskId}`;
  const metadata = await serveMetadata({ TaskARN: taskArn, Cluster: cluster, Family: 'worker' });
  const lines: string[] = [];
  const pending: InputLogEvent[] = [];
  const { program, args, stopSignal } = await programOf(image, of.dockerfile);
  const running = start(program, args, {
    cwd: image,
    env: {
      ...account.server.env,
      ...definition.environment,
      TENURE_HEALTH_PORT: '0',
      ECS_CONTAINER_METADATA_URI_V4: metadata.url,
      ...of.extra,
    },
    heard: (message) => {
      lines.push(message);
      pending.push({ message, timestamp: Date.now() });
    },
  });
  const { logs } = account.clients;
  const stream = { logGroupName: definition.logGroup, logStreamName: `worker/Worker/${taskId}` };
  await logs.send(new CreateLogStreamCommand(stream));
  return {
    taskArn,
    lines,
    signalAll: running.signalAll,
    async stop() {
      running.signal(stopSignal);
      const timer = setTimeout(() => running.signalAll('SIGKILL'), definition.stopTimeoutMs);
      const code = await running.ended;
      clearTimeout(timer);
      return code;
    },
    async ship() {
      const logEvents = pending.splice(0);
      if (logEvents.length > 0) await logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      metadata.close();
    },
  };
}

/** What the Dockerfile says, run in a folder that holds what the image holds. */
async function programOf(image: string, dockerfile: string | undefined) {
  const lines = await instructions(dockerfile);
  const after = (word: string) =>
    lines.findLast((line) => line.startsWith(word))?.slice(word.length);
  const words = (word: string) => JSON.parse(after(word) ?? '[]') as string[];
  const [program = '', ...args] = [...words('ENTRYPOINT '), ...words('CMD ')];
  const named = program === 'node' ? process.execPath : join(image, program);
  return {
    program: named,
    args,
    stopSignal: (after('STOPSIGNAL ') ?? 'SIGTERM') as NodeJS.Signals,
  };
}

async function serveMetadata(task: object) {
  const server = createServer((_request, response) => response.end(JSON.stringify(task)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v4`,
    /** May be called a second time. */
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
