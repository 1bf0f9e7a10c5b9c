/**
 * What an operator types: who leads, and whether the table is as it should be.
 */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { recordWhere } from '../record.ts';
import type { Task } from '../task.ts';
import { ELECTION, SERVICE_ELECTION, type World } from '../world.ts';

export async function statusAndDoctor(world: World): Promise<string> {
  const { account, tableName: table } = world;
  const { WhoLeads = '' } = await account.outputsOf(`${world.deployment.prefix}State`);
  if (!WhoLeads.startsWith(`tenure status ${ELECTION} --table ${table}`)) {
    throw new Error(`the output must name the command, got ${WhoLeads}`);
  }
  const service = await recordWhere(
    account,
    { election: SERVICE_ELECTION, table },
    (seen) => seen.holder !== undefined,
  );
  const printed = await account.tenure('status', SERVICE_ELECTION, '--table', table, '--json');
  if (JSON.parse(printed).state !== 'leading')
    throw new Error(`status must say who leads: ${printed}`);
  const doctor = await account.tenure('doctor', SERVICE_ELECTION, '--table', table, '--json');
  return `${service.holder} leads, and ${JSON.parse(doctor).findings.length} checks of doctor pass`;
}

/** The leading task dies at once. ECS's own word ends its lease, long before it would run out. */
export async function stoppedTaskIsEnded(world: World): Promise<string> {
  const { account, tableName: table } = world;
  const leader = await leadingTask(world);
  const stack = `${world.deployment.prefix}Workers`;
  const [clusterArn, serviceName] = await Promise.all([
    account.outputsOf(stack).then(({ ClusterName }) => clusterArnOf(String(ClusterName))),
    account.outputsOf(stack).then(({ ServiceName }) => String(ServiceName)),
  ]);
  leader.signal('SIGKILL');
  const diedMs = performance.now();
  const detail = {
    clusterArn,
    group: `service:${serviceName}`,
    lastStatus: 'STOPPED',
    launchType: 'FARGATE',
    taskArn: leader.taskArn,
  };
  await account.clients.events.send(
    new PutEventsCommand({
      Entries: [
        { Source: 'aws.ecs', DetailType: 'ECS Task State Change', Detail: JSON.stringify(detail) },
      ],
    }),
  );
  await recordWhere(
    account,
    { election: SERVICE_ELECTION, table },
    ({ holder }) => holder?.includes(leader.taskArn.split('/').at(-1) as string) !== true,
    8_000,
  );
  return `no longer held ${Math.round(performance.now() - diedMs)} ms after the death, of a lease of 10,000 ms`;
}

async function leadingTask({ account, tableName, tasks }: World): Promise<Task> {
  const of = { election: SERVICE_ELECTION, table: tableName };
  const { holder = '' } = await recordWhere(account, of, (seen) => seen.holder !== undefined);
  const leader = tasks.find(({ taskArn }) => holder.includes(taskArn.split('/').at(-1) as string));
  if (leader === undefined) throw new Error(`a task must lead, got ${holder}`);
  return leader;
}

function clusterArnOf(name: string): string {
  return `arn:aws:ecs:us-east-1:000000000000:cluster/${name}`;
}
