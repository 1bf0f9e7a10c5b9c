/**
 * What an operator types: who leads, and whether the table is as it should be. And what the platform says
 * in an operator's place: that a task has stopped.
 */
import { DescribeRuleCommand, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { recordOf, recordWhere } from '../record.ts';
import { until } from '../shell.ts';
import type { Task } from '../task.ts';
import { ELECTION, SERVICE_ELECTION, type World } from '../world.ts';

export async function statusAndDoctor(world: World): Promise<string> {
  const { account, tableName: table } = world;
  const { WhoLeads = '' } = await account.outputsOf(`${world.deployment.prefix}State`);
  if (!WhoLeads.startsWith(`tenure status ${ELECTION} --table ${table}`)) {
    throw new Error(`the output must name the command, got ${WhoLeads}`);
  }
  // Between two terms there is no leader, so the test asks until one leads.
  const leader = await until('status says who leads', async () => {
    const asked = account.tenure('status', SERVICE_ELECTION, '--table', table, '--json');
    const { state, candidateId } = JSON.parse(await asked.catch(() => '{}'));
    return state === 'leading' && String(candidateId);
  });
  const doctor = await account.tenure('doctor', SERVICE_ELECTION, '--table', table, '--json');
  return `${leader} leads, and ${JSON.parse(doctor).findings.length} checks of doctor pass`;
}

/**
 * The leading task dies at once, with no other task beside it. The event that ECS sends ends its lease.
 *
 * No account accepts an event of AWS's own sources from a user. So the test compares the event with the
 * rule's pattern, and gives it to the rule's function.
 */
export async function stoppedTaskIsEnded(world: World): Promise<string> {
  const { account, tableName: table } = world;
  const leader = await leadingTask(world);
  for (const task of world.tasks) if (task !== leader) await task[Symbol.asyncDispose]();
  leader.signalAll('SIGKILL');
  const event = await stoppedEvent(world, leader.taskArn);
  await mustMatchRule(world, event);
  const outcome = await invokeStopped(world, event);
  if (outcome !== 'ended') throw new Error(`the lease must be ended, got ${outcome}`);
  const { holder } = await recordOf(account, { election: SERVICE_ELECTION, table });
  if (holder !== undefined) throw new Error(`nobody must hold the lease, got ${holder}`);
  const next = await world.startTask();
  await until('a new task leads', async () =>
    next.lines.some((line) => line.includes('"elected"')),
  );
  return 'the event fits the rule, its function ended the lease, and a new task leads';
}

async function leadingTask({ account, tableName, tasks }: World): Promise<Task> {
  const of = { election: SERVICE_ELECTION, table: tableName };
  const { holder = '' } = await recordWhere(account, of, (seen) => seen.holder !== undefined);
  const leader = tasks.find(({ taskArn }) => holder.includes(taskArn.split('/').at(-1) as string));
  if (leader === undefined) throw new Error(`a task must lead, got ${holder}`);
  return leader;
}

async function stoppedEvent({ account, deployment }: World, taskArn: string): Promise<string> {
  const { ClusterName, ServiceName } = await account.outputsOf(`${deployment.prefix}Workers`);
  return JSON.stringify({
    ...{ id: taskArn, account: '000000000000', region: 'us-east-1', resources: [taskArn] },
    ...{ source: 'aws.ecs', 'detail-type': 'ECS Task State Change', time: new Date() },
    detail: {
      clusterArn: `arn:aws:ecs:us-east-1:000000000000:cluster/${ClusterName}`,
      group: `service:${ServiceName}`,
      lastStatus: 'STOPPED',
      launchType: 'FARGATE',
      taskArn,
    },
  });
}

async function mustMatchRule({ account, deployment }: World, event: string): Promise<void> {
  const { events } = account.clients;
  const stack = `${deployment.prefix}Workers`;
  const Name = await account.physicalId(stack, 'AWS::Events::Rule', 'ServiceTaskStopped');
  const { EventPattern } = await events.send(new DescribeRuleCommand({ Name }));
  const { Result } = await events.send(new TestEventPatternCommand({ EventPattern, Event: event }));
  if (Result !== true) throw new Error(`the rule must take the event, got ${EventPattern}`);
}

async function invokeStopped({ account, deployment }: World, event: string): Promise<string> {
  const stack = `${deployment.prefix}Workers`;
  const of = ['AWS::Lambda::Function', 'ServiceTaskStopped'] as const;
  const FunctionName = await account.physicalId(stack, ...of);
  const { Payload } = await account.clients.lambda.send(
    new InvokeCommand({ FunctionName, Payload: Buffer.from(event) }),
  );
  return String(JSON.parse(Buffer.from(Payload ?? []).toString()).outcome);
}
