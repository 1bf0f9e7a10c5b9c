/**
 * The scheduled function as an operator sees it: led by its schedule alone, and killed in mid-term.
 */
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { recordWhere } from '../record.ts';
import { until } from '../shell.ts';
import { ELECTION, type World } from '../world.ts';

const LEADER_TASK = ['AWS::Lambda::Function', 'LeaderTask'] as const;

/** Only the schedule invokes the function: it fires first a minute after the deployment. */
export async function isLedByItsSchedule(world: World): Promise<string> {
  const { account, tableName: table } = world;
  const { token } = await recordWhere(
    account,
    { election: ELECTION, table },
    (seen) => seen.token !== undefined,
  );
  await world.expect('LeaderTaskAlarmsNobodyLeads', 'OK');
  return `term ${token}; the alarm "nobody leads" went from ALARM to OK`;
}

/** The environment is killed while it leads; the next invocation waits the lease out and takes over. */
export async function survivesAKill(world: World): Promise<string> {
  const { account, tableName: table } = world;
  const { lambda } = account.clients;
  const FunctionName = await account.physicalId(
    `${world.deployment.prefix}Workers`,
    ...LEADER_TASK,
  );
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const slow = { ...Environment?.Variables, TENURE_UNIT_MS: '30000' };
  const change = (Variables: Record<string, string> | undefined) =>
    lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
    );
  await change(slow);
  const dying = lambda.send(new InvokeCommand({ FunctionName })).catch(() => undefined);
  const held = await recordWhere(
    account,
    { election: ELECTION, table },
    ({ holder }) => holder?.startsWith(FunctionName) === true,
  );
  const killed = await account.server.functionProcesses(FunctionName);
  if (killed.length === 0) throw new Error(`no process of ${FunctionName} was found`);
  for (const pid of killed) process.kill(pid, 'SIGKILL');
  await dying;
  await change(Environment?.Variables);
  const answer = await until('another invocation leads', async () => {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
    const said = JSON.parse(Buffer.from(Payload ?? []).toString() || '{}');
    return said.led === true && (said as { token: string });
  });
  if (BigInt(answer.token) <= (held.token ?? 0n)) {
    throw new Error(`term ${answer.token} must be above the killed one's, ${held.token}`);
  }
  return `killed in term ${held.token}; term ${answer.token} took over`;
}
