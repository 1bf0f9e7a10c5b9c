/**
 * Each alarm of the service's election, driven to ALARM by its cause, and back once the cause is gone.
 *
 * Minutes are real ones. Only where an alarm's window is longer than a few minutes is the moment of
 * judging moved past the window; the metrics stay where they are.
 */
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { TABLE_DEFINITION } from '../../../lib/dynamodb/index.ts';
import { clientsOf } from '../account.ts';
import { recordWhere } from '../record.ts';
import { until } from '../shell.ts';
import type { Task } from '../task.ts';
import { SERVICE_ELECTION, type World } from '../world.ts';

const MINUTE_MS = 60_000;
const OTHER_REGION = 'eu-west-1';
/** From a renewal on, out of a lease of 10 s: the next one is confirmed with less than a third left. */
const SILENCE_MS = 6_500;

const alarm = (name: string) => `ServiceAlarms${name}`;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const minuteOf = (epochMs: number) => Math.floor(epochMs / MINUTE_MS);

export async function nobodyLeads(world: World): Promise<string> {
  await mustBe(world, 'NobodyLeads', 'ALARM');
  return 'in ALARM before a task runs: missing data counts';
}

/** The first task reaches its table through a proxy, where the network's faults are switched. */
export function startFirstTask(world: World): Promise<Task> {
  return world.startTask({ AWS_ENDPOINT_URL_DYNAMODB: world.proxy.endpoint });
}

/**
 * Two lead, as a mistake that is easily made has it: tasks of one service whose tables have one name in
 * two Regions. Meanwhile renewals are late twice, and the role changes hands more often than it should.
 */
export async function twoLeadAndMore(world: World): Promise<string> {
  await createTwinTables(world);
  const twin = await world.startTask({
    AWS_REGION: OTHER_REGION,
    AWS_DEFAULT_REGION: OTHER_REGION,
  });
  await until('the twin leads', async () => twin.lines.some(says('elected')), 30_000);
  const begun = Date.now();
  for (const minute of [1, 2]) {
    await untilMinute(minuteOf(begun) + minute);
    await silence(world);
  }
  await resignOften(world);
  await untilMinute(minuteOf(begun) + 3);
  await world.expect(alarm('TwoLead'), 'ALARM', 20_000);
  await mustBe(world, 'NobodyLeads', 'OK');
  await mustBe(world, 'RenewalsLate', 'ALARM');
  await mustBe(world, 'ChangesTooOften', 'ALARM');
  await twin.stop();
  return 'two lead, renewals are late, changes too often: in ALARM; nobody leads: OK again';
}

/** A leader is frozen in the middle of a write, is overtaken, and its write arrives. */
export async function staleWritesRefused(world: World, first: Task): Promise<string> {
  const release = world.proxy.inject({
    kind: 'hold',
    direction: 'requests',
    operation: 'PutItem',
    times: 1,
  });
  const before = world.proxy.exchanges.length;
  await until('a unit is on its way', async () =>
    world.proxy.exchanges.slice(before).some(({ operation }) => operation === 'PutItem'),
  );
  first.signal('SIGSTOP');
  const second = await world.startTask();
  await until('the second task leads', async () => second.lines.some(says('elected')), 60_000);
  await until('it works', async () => second.lines.some(says('renewed')), 30_000);
  release();
  first.signal('SIGCONT');
  await until('the stale write is refused', async () => first.lines.some(says('fence-rejected')));
  await mustBe(world, 'StaleWritesRefused', 'ALARM');
  return 'a write of a leader that was frozen and overtaken was refused: in ALARM';
}

export async function allEnd(world: World): Promise<string> {
  await world.expect(alarm('TwoLead'), 'OK', 2 * MINUTE_MS);
  await mustBe(world, 'RenewalsLate', 'OK', 4 * MINUTE_MS);
  await mustBe(world, 'StaleWritesRefused', 'OK', 7 * MINUTE_MS);
  await mustBe(world, 'ChangesTooOften', 'OK', 17 * MINUTE_MS);
  return 'two lead: OK by a minute of its own; the others once their windows have passed';
}

const says = (event: string) => (line: string) => line.includes(`"event":"${event}"`);

async function mustBe(world: World, name: string, wanted: string, laterMs = 0): Promise<void> {
  const verdict = await world.judge(alarm(name), { laterMs });
  if (verdict !== wanted) throw new Error(`${name} must be ${wanted}, got ${verdict}`);
}

async function createTwinTables(world: World): Promise<void> {
  const { dynamoDb } = clientsOf(world.account.server.endpoint, OTHER_REGION);
  const { KeySchema, AttributeDefinitions, BillingMode } = TABLE_DEFINITION;
  const shape = { KeySchema: [...KeySchema], AttributeDefinitions: [...AttributeDefinitions] };
  for (const TableName of [world.tableName, world.workTableName]) {
    await dynamoDb.send(new CreateTableCommand({ TableName, BillingMode, ...shape }));
  }
  dynamoDb.destroy();
}

/** The store does not answer for a while, and then does before the lease has run out. */
async function silence(world: World): Promise<void> {
  const renewals = () =>
    world.proxy.exchanges.filter(
      ({ body, status }) => body.includes('"election#') && status === 200,
    );
  const before = renewals().length;
  await until('a renewal', async () => renewals().length > before);
  const heal = world.proxy.inject({
    kind: 'black-hole',
    direction: 'requests',
    // Renewals alone: work that gets no answer would hang for good.
    when: ({ body }) => body.includes(`"election#`),
  });
  await wait(SILENCE_MS);
  heal();
}

async function resignOften(world: World): Promise<void> {
  const { account, tableName: table } = world;
  const of = { election: SERVICE_ELECTION, table };
  for (let term = 0; term < 4; term += 1) {
    const { token } = await recordWhere(account, of, ({ holder }) => holder !== undefined);
    await account.tenure('resign', SERVICE_ELECTION, '--table', table, '--wait', '20s');
    await recordWhere(account, of, (seen) => seen.holder !== undefined && seen.token !== token);
  }
}

async function untilMinute(minute: number): Promise<void> {
  await wait(Math.max(0, minute * MINUTE_MS - Date.now()));
}
