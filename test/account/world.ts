/**
 * What the steps share: the account, the app deployed in it, and the tasks that run beside it.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { buildWorker } from '../functions/worker-image.ts';
import { type FaultProxy, startFaultProxy } from '../support/network/fault-proxy.ts';
import type { Account } from './account.ts';
import { alarmsOf, isReported, judge, type Verdict } from './alarms.ts';
import type { Deployment } from './cdk.ts';
import { type Environment, until } from './shell.ts';
import { startTask, type Task, type TaskDefinition, taskDefinitionOf } from './task.ts';

export const ELECTION = 'quick-start';
export const SERVICE_ELECTION = `${ELECTION}-service`;
/** A unit of the worker's stand-in for work: slow enough for an account in one process. */
const UNIT_MS = '250';

export interface World {
  readonly account: Account;
  readonly deployment: Deployment;
  readonly tableName: string;
  readonly workTableName: string;
  readonly definition: TaskDefinition;
  /** Stands between the first task and its table. */
  readonly proxy: FaultProxy;
  readonly tasks: readonly Task[];
  startTask(extra?: Environment): Promise<Task>;
  /** Ships what tasks wrote, and turns log lines into metrics. */
  carry(): Promise<void>;
  /** The alarm's state now, or at another moment, from the metrics that are there now. */
  judge(alarm: string, options?: { atEpochMs?: number; prefix?: string }): Promise<Verdict>;
  /** Whether the alarm's metric was reported for the minute that ends then. */
  isReported(alarm: string, endEpochMs: number): Promise<boolean>;
  /** Carries and judges until the alarm is as expected. */
  expect(alarm: string, verdict: Verdict): Promise<void>;
}

export async function openWorld(account: Account, deployment: Deployment): Promise<World> {
  const { prefix } = deployment;
  const definition = await taskDefinitionOf(account, `${prefix}Workers`);
  const outputs = await account.outputsOf(`${prefix}State`);
  const cluster = await account.physicalId(`${prefix}Workers`, 'AWS::ECS::Cluster', 'Service');
  const image = join(account.server.folder, 'worker');
  await mkdir(image, { recursive: true });
  await Promise.all(['main', 'guard'].map((name) => buildWorker(join(image, `${name}.mjs`), name)));
  const proxy = await startFaultProxy(account.server.endpoint);
  account.own(proxy);
  const functionLogs = await account.outputsOf(`${prefix}Workers`);
  const logGroups = [definition.logGroup, functionLogs.Logs as string];
  const tasks: Task[] = [];
  const alarms = new Map<string, readonly MetricAlarm[]>();
  const { cloudWatch } = account.clients;

  const alarmOf = async (stack: string, name: string): Promise<MetricAlarm> => {
    const all = alarms.get(stack) ?? (await alarmsOf(cloudWatch, stack));
    alarms.set(stack, all);
    const found = all.find(({ AlarmName }) => AlarmName?.startsWith(`${stack}-${name}`));
    if (found === undefined) throw new Error(`no alarm ${name} in ${stack}`);
    return found;
  };

  let carrying = Promise.resolve();
  const world: World = {
    account,
    deployment,
    tableName: outputs.TableName as string,
    workTableName: outputs.WorkTableName as string,
    definition,
    proxy,
    tasks,
    async startTask(extra = {}) {
      const task = await startTask(account, {
        id: tasks.length + 1,
        definition,
        cluster,
        image,
        extra: { TENURE_UNIT_MS: UNIT_MS, ...extra },
      });
      tasks.push(task);
      account.own(task);
      return task;
    },
    carry() {
      // One after the other: two at once would carry a line twice.
      carrying = carrying.then(async () => {
        await Promise.all(tasks.map((task) => task.ship()));
        await account.bridge.carry(logGroups);
      });
      return carrying;
    },
    async judge(name, { atEpochMs, prefix: of = prefix } = {}) {
      await world.carry();
      const found = await alarmOf(stackOf(name, of), name);
      return judge(cloudWatch, found, atEpochMs ?? Date.now());
    },
    async isReported(name, endEpochMs) {
      return isReported(cloudWatch, await alarmOf(stackOf(name, prefix), name), endEpochMs);
    },
    async expect(name, verdict) {
      await until(`${name} is ${verdict}`, async () => (await world.judge(name)) === verdict);
    },
  };
  return world;
}

/** The service's alarms are beside the service, whose deployments they roll back. */
function stackOf(alarm: string, prefix: string): string {
  return `${prefix}${alarm.startsWith('Service') ? 'Workers' : 'Observability'}`;
}
