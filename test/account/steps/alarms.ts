/**
 * Each alarm of the service's election, driven to ALARM by its cause, and back once the cause is gone.
 *
 * The minutes are real, since processes report at the end of each. A cause is repeated until its alarm has
 * seen it, so that a slow machine costs minutes and no verdict. What an alarm was at the end of a minute
 * is asked afterwards: by then its metrics have come. Only where a window is longer than a few minutes is
 * the moment of judging moved past the window; the metrics stay where they are.
 */
import { CreateTableCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { TABLE_DEFINITION } from '../../../lib/dynamodb/index.ts';
import { clientsOf } from '../account.ts';
import { recordWhere } from '../record.ts';
import { until } from '../shell.ts';
import type { Task } from '../task.ts';
import { SERVICE_ELECTION, type World } from '../world.ts';

const MINUTE_MS = 60_000;
const OTHER_REGION = 'eu-west-1';
/** Counted from a renewal, with a lease of 10 s: the next renewal comes with less than a third left. */
const SILENCE_MS = 6_500;

/** Processes report within this time after the end of a minute, on a quiet machine. */
const REPORTED_WITHIN_MS = 5_000;

const alarm = (name: string) => `ServiceAlarms${name}`;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const nextMinute = (epochMs: number) => Math.floor(epochMs / MINUTE_MS + 1) * MINUTE_MS;
const says = (event: string) => (line: string) => line.includes(`"event":"${event}"`);

export async function nobodyLeads(world: World): Promise<string> {
  await mustBe(world, 'NobodyLeads', 'ALARM');
  return 'in ALARM before a task runs: missing data counts';
}

/** The first task reaches its table through a proxy, where the network's faults are switched. */
export async function startFirstTask(world: World): Promise<Task> {
  const first = await world.startTask({ AWS_ENDPOINT_URL_DYNAMODB: world.proxy.endpoint });
  await until('the first task leads', async () => first.lines.some(says('elected')));
  return first;
}

/**
 * Two tasks lead after an easy mistake: they are tasks of one service, and their tables have one name in
 * two Regions.
 */
export async function startTwin(world: World): Promise<Task> {
  await createTwinTables(world);
  const twin = await world.startTask({
    AWS_REGION: OTHER_REGION,
    AWS_DEFAULT_REGION: OTHER_REGION,
  });
  await until('the twin leads', async () => twin.lines.some(says('elected')));
  return twin;
}

/** Gives the end of the first minute after which two were seen to lead. */
export async function twoLead(world: World): Promise<string> {
  const at = await firstEnd(world, 'TwoLead', 'ALARM', Date.now());
  await world.expect(alarm('NobodyLeads'), 'OK');
  return `in ALARM at ${timeOf(at)}, with one leader in each of two Regions; nobody leads: OK`;
}

/** Once a minute the store is silent to the leader for most of a lease. */
export async function renewalsLate(world: World): Promise<string> {
  const sinceEpochMs = Date.now();
  let silences = 0;
  let late: number | undefined;
  while (late === undefined) {
    await silence(world);
    silences += 1;
    const end = nextMinute(Date.now());
    await wait(end - Date.now());
    const seen = async () => findEnd(world, 'RenewalsLate', 'ALARM', sinceEpochMs);
    for (let tries = 0; tries < 20 && late === undefined; tries += 1) {
      late = await seen();
      if (late === undefined) await wait(250);
    }
    if (silences === 10) throw new Error(`${silences} silences made no alarm`);
  }
  return `in ALARM at ${timeOf(late)}, after ${silences} silences of the store`;
}

/** The operator has the leader resign, again and again. */
export async function changesTooOften(world: World): Promise<string> {
  const { account, tableName: table } = world;
  const of = { election: SERVICE_ELECTION, table };
  let resignations = 0;
  await until('leadership changes too often', async () => {
    if ((await world.judge(alarm('ChangesTooOften'))) === 'ALARM') return true;
    await recordWhere(account, of, ({ holder }) => holder !== undefined);
    const asked = account.tenure('resign', SERVICE_ELECTION, '--table', table, '--wait', '1m');
    // Where the role has passed to another leader meanwhile, nothing is asked: that is a change too.
    await asked.then(
      () => (resignations += 1),
      () => undefined,
    );
    return false;
  });
  return `in ALARM after ${resignations} resignations`;
}

/** A leader is frozen in the middle of a write, is overtaken, and its write arrives. */
export async function staleWritesRefused(world: World, first: Task): Promise<string> {
  const release = world.proxy.inject({
    ...{ kind: 'hold', direction: 'requests', operation: 'PutItem', times: 1 },
  });
  const before = world.proxy.exchanges.length;
  const held = await until('a unit is on its way', async () =>
    world.proxy.exchanges.slice(before).find(({ operation }) => operation === 'PutItem'),
  );
  first.signalAll('SIGSTOP');
  const second = await world.startTask();
  await until('the second task has done the unit', () => isDone(world, held.body));
  release();
  first.signalAll('SIGCONT');
  await until('the stale write is refused', async () => first.lines.some(says('fence-rejected')));
  await world.expect(alarm('StaleWritesRefused'), 'ALARM');
  if (!second.lines.some(says('elected'))) throw new Error('the second task must lead');
  return 'a write of a leader that was frozen and overtaken was refused: in ALARM';
}

/** `sinceEpochMs` is when the last cause was gone. */
export async function allEnd(world: World, sinceEpochMs: number): Promise<string> {
  const at = await firstEnd(world, 'TwoLead', 'OK', sinceEpochMs);
  for (const [name, minutes] of [
    ['RenewalsLate', 4],
    ['StaleWritesRefused', 7],
    ['ChangesTooOften', 17],
  ] as const) {
    await mustBe(world, name, 'OK', Date.now() + minutes * MINUTE_MS);
  }
  return `two lead: OK at ${timeOf(at)}; the others once their windows have passed`;
}

async function mustBe(world: World, name: string, wanted: string, atEpochMs?: number) {
  const options = atEpochMs === undefined ? {} : { atEpochMs };
  const verdict = await world.judge(alarm(name), options);
  if (verdict !== wanted) throw new Error(`${name} must be ${wanted}, got ${verdict}`);
}

/** Waits for the first whole minute since then at whose end the alarm was as `wanted`, and gives that end. */
function firstEnd(world: World, name: string, wanted: string, sinceEpochMs: number) {
  return until(`${name} is ${wanted}`, () => findEnd(world, name, wanted, sinceEpochMs));
}

async function findEnd(world: World, name: string, wanted: string, sinceEpochMs: number) {
  // An alarm is known to be over only once every process has had the time to report.
  const last = Date.now() - (wanted === 'OK' ? REPORTED_WITHIN_MS : 0);
  for (let at = nextMinute(sinceEpochMs); at <= last; at += MINUTE_MS) {
    const is = await world.judge(alarm(name), { atEpochMs: at });
    // While no process has reported the minute, silence would count as one leader.
    if (is === wanted && (is === 'ALARM' || (await world.isReported(alarm(name), at)))) return at;
  }
  return undefined;
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

/** The store does not answer for a while. It answers again before the lease has run out. */
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

/** Whether a leader with a higher token has written the row that this request would write. */
async function isDone({ account, workTableName }: World, body: string): Promise<boolean> {
  const { Item } = JSON.parse(body);
  const Key = { pk: Item.pk, sk: Item.sk };
  const { Item: row } = await account.clients.dynamoDb.send(
    new GetItemCommand({ TableName: workTableName, Key, ConsistentRead: true }),
  );
  return BigInt(row?.token?.N ?? 0) > BigInt(Item.token.N);
}

const timeOf = (epochMs: number) => new Date(epochMs).toISOString().slice(11, 16);
