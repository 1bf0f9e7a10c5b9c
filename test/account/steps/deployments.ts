/**
 * What is done to a deployment after its first day: a second one beside it, an update, its end.
 */

import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import type { Account } from '../account.ts';
import type { Context, Deployment } from '../cdk.ts';
import { recordOf } from '../record.ts';
import { ELECTION, type World } from '../world.ts';

/**
 * The same election in a second deployment (staging) that has no leader. The leader of production must not
 * hide that, and the silence of staging must not alarm production.
 */
export async function secondDeployment(world: World, context: Context): Promise<string> {
  const { account } = world;
  const second = await account.cdk.deploy('staging', {
    ...context,
    election: ELECTION,
    prefix: 'Staging',
  });
  const { prefix } = second;
  const name = 'ServiceAlarmsNobodyLeads';
  await world.expect(name, 'OK');
  const there = await world.judge(name, { prefix });
  if (there !== 'ALARM') throw new Error(`"nobody leads" must be ALARM there, got ${there}`);
  return "beside the first, with the same elections; neither sees the other's leader";
}

/** Deploys another interval: the stacks change in place, and the table and its tokens stay. */
export async function updateInPlace(world: World, context: Context): Promise<string> {
  const { account, tableName } = world;
  const before = await recordOf(account, { election: ELECTION, table: tableName });
  await account.cdk.deploy('updated', { ...context, minutes: '5' });
  const { TableName } = await account.outputsOf(`${world.deployment.prefix}State`);
  if (TableName !== tableName)
    throw new Error(`the table must stay ${tableName}, got ${TableName}`);
  const after = await recordOf(account, { election: ELECTION, table: tableName });
  if ((after.token ?? 0n) < (before.token ?? 0n)) throw new Error('the token went back');
  return `the same table; its token went from ${before.token} to ${after.token}`;
}

/** Checks what is removed and what is left against the docs. */
export async function destroy(account: Account, deployment: Deployment): Promise<string> {
  const { prefix } = deployment;
  await account.cdk.destroy(deployment, `${prefix}Observability`, `${prefix}Workers`);
  const left = await stacksOf(account, prefix);
  const expected = [`${prefix}Queue`, `${prefix}State`];
  if (left.join() !== expected.join()) throw new Error(`${expected} must be left, got ${left}`);
  const refused = await account.cdk.destroy(deployment, `${prefix}State`).then(
    () => false,
    (error: Error) => error.message.includes('TerminationProtection'),
  );
  if (!refused && !(await stacksOf(account, prefix)).includes(`${prefix}State`)) {
    throw new Error(`${prefix}State must be protected against its end, and went`);
  }
  const tables = await tablesOf(account, prefix);
  if (tables.length !== 2) throw new Error(`two tables must be left, got ${tables.length}`);
  return `gone: workers and observability; left: ${left.join(', ')} with its ${tables.length} tables`;
}

async function stacksOf(account: Account, prefix: string): Promise<readonly string[]> {
  const { Stacks = [] } = await account.clients.cloudFormation.send(new DescribeStacksCommand({}));
  return Stacks.filter(
    ({ StackName, StackStatus }) =>
      StackName?.startsWith(prefix) && StackStatus !== 'DELETE_COMPLETE',
  )
    .flatMap(({ StackName }) => StackName ?? [])
    .sort();
}

async function tablesOf(account: Account, prefix: string): Promise<readonly string[]> {
  const { TableNames = [] } = await account.clients.dynamoDb.send(new ListTablesCommand({}));
  return TableNames.filter((name) => name.startsWith(`${prefix}State-`));
}
