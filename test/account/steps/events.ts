/**
 * What the app tells others: changes of leader on EventBridge, and ticks that a function works.
 */
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { tickSender } from '../../../lib/sqs/index.ts';
import { until } from '../shell.ts';
import { SERVICE_ELECTION, type World } from '../world.ts';

const RULE = 'service-leader-changed';

/** Makes a rule as a user would write it, with a queue as its target. Gives the queue. */
export async function subscribeToChanges(world: World): Promise<string> {
  const { sqs, events } = world.account.clients;
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: RULE }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const tableArn = await tableArnOf(world);
  const EventPattern = JSON.stringify({
    source: ['tenure'],
    'detail-type': ['tenure: Leader Changed'],
    resources: [tableArn],
    detail: { election: [SERVICE_ELECTION], change: ['elected'] },
  });
  await events.send(new PutRuleCommand({ Name: RULE, EventPattern }));
  const Targets = [{ Id: 'queue', Arn: Attributes?.QueueArn }];
  await events.send(new PutTargetsCommand({ Rule: RULE, Targets }));
  return QueueUrl;
}

async function tableArnOf(world: World): Promise<string> {
  const { TableArn } = await world.account.outputsOf(`${world.deployment.prefix}State`);
  if (TableArn === undefined) throw new Error('the state stack must say the ARN of its table');
  return TableArn;
}

export async function changesAreEvents(world: World, QueueUrl: string): Promise<string> {
  const { sqs } = world.account.clients;
  const body = await until('a change of leader at the target of a rule', async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    return Messages[0]?.Body;
  });
  const { detail, resources } = JSON.parse(body);
  return `term ${detail.token} of ${detail.election}, of table ${String(resources).split('/').at(-1)}`;
}

export async function ticksAreWorked(world: World): Promise<string> {
  const { account, tableName } = world;
  const { sqs, dynamoDb } = account.clients;
  const { TickQueueUrl = '' } = await account.outputsOf(`${world.deployment.prefix}Queue`);
  const queueUrl = TickQueueUrl.replace('localhost', '127.0.0.1');
  const body = JSON.stringify({ shards: [1, 2, 3] });
  const { token } = await tickSender({ queueUrl, client: sqs }).send({ election: 'shards', body });
  const Key = { pk: { S: 'ticks#shards' }, sk: { S: 'state' } };
  const state = await until('the tick is worked', async () => {
    const input = { TableName: tableName, Key, ConsistentRead: true };
    const { Item } = await dynamoDb.send(new GetItemCommand(input));
    return Item?.state?.S;
  });
  if (state !== body) throw new Error(`the state must be ${body}, got ${state}`);
  return `tick ${token} is the state of its election`;
}
