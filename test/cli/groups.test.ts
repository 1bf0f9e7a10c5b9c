/** Groups on the command line: real processes that share partitions, and the verbs that look and act. */
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { prefixedLines } from '../../lib/cli/groups/prefixed-output.ts';
import { type FreshTable, freshTable } from '../support/dynamodb.ts';
import { isRunning, type Worker } from '../support/processes.ts';
import { startTenure } from '../support/tenure.ts';
import { until } from '../support/until.ts';

/** No lease runs out on a busy machine: a partition moves by a release, a plan, or an operator's command. */
const STEADY = ['--lease', '60s', '--renew', '3s'];

/** A command that prints the partition that it works for, and then waits until it is ended. */
const SAYS =
  'echo "{\\"event\\":\\"command\\",\\"pid\\":$$,\\"partition\\":\\"$TENURE_PARTITION\\",' +
  '\\"election\\":\\"$TENURE_ELECTION\\",\\"token\\":\\"$TENURE_TOKEN\\"}"; exec sleep 1000';

async function prepare() {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  return table;
}

function join(table: FreshTable, partitions: number, ...options: string[]): Worker {
  const args = [
    'run',
    'orders',
    '--partitions',
    String(partitions),
    ...STEADY,
    '--json',
    ...options,
  ];
  return startTenure([...args, '--', 'sh', '-c', SAYS], table);
}

/** The partitions whose commands this member has started, each once. */
const started = ({ lines }: Worker) =>
  new Set(lines.filter(({ event }) => event === 'command').map(({ partition }) => partition));

async function verb(table: FreshTable, ...args: string[]) {
  const tenure = startTenure([...args, '--json'], table);
  const { code } = await tenure.ended();
  const text = tenure.stdout() || tenure.stderr();
  return { code, said: JSON.parse(text) as Record<string, unknown>, text };
}

type Partitions = { partition: number; state: string; candidateId?: string; token?: string }[];

async function allLed(table: FreshTable): Promise<Partitions> {
  let views: Partitions = [];
  await until(async () => {
    const { code, said } = await verb(table, 'partitions', 'orders');
    views = said.partitions as Partitions;
    return code === 0;
  });
  return views;
}

it('runs one command for each partition that a member leads, and hands all of them over on SIGTERM', async () => {
  const table = await prepare();
  const created = await verb(table, 'groups', 'create', 'orders', '--partitions', '4');
  expect(created).toMatchObject({ code: 0, said: { group: 'orders', result: 'created' } });
  const a = join(table, 4, '--candidate', 'a');
  await until(() => started(a).size === 4);
  const command = await a.line(({ partition }) => partition === '2');
  expect(command).toMatchObject({ election: 'orders/2', token: '1' });
  const elected = await a.line(({ event, partition }) => event === 'elected' && partition === 2);
  expect(elected).toMatchObject({ election: 'orders/2', token: '1' });

  const b = join(table, 4, '--candidate', 'b');
  await until(() => started(b).size === 2);
  const members = await verb(table, 'members', 'orders');
  expect(members.said.members).toHaveLength(2);

  a.signal('SIGTERM');
  expect(await a.ended()).toEqual({ code: 0, signal: null });
  await until(() => started(b).size === 4);
  // No process that it has started still runs.
  for (const { event, pid } of a.lines) {
    if (event === 'command') expect(await isRunning(Number(pid))).toBe(false);
  }
  const views = await allLed(table);
  expect(views.every(({ candidateId }) => candidateId?.startsWith('b/'))).toBe(true);
  b.signal('SIGTERM');
  expect((await b.ended()).code).toBe(0);
});

it('ends with code 0 when it is told to stop while some of its guardians have not started yet', async () => {
  const table = await prepare();
  const late = fileURLToPath(new URL('programs/late-guardian.ts', import.meta.url));
  const env = { NODE_OPTIONS: `--import=${late}`, LATE_GUARDIANS: '1 2 3' };
  const options = ['--create-group', '--drain', '500ms', ...STEADY, '--json'];
  const args = ['run', 'orders', '--partitions', '4', ...options, '--', 'sh', '-c', SAYS];
  const a = startTenure(args, table, { env });
  await until(() => a.lines.filter(({ event }) => event === 'elected').length === 4);
  await until(() => started(a).has('0'));

  a.signal('SIGTERM');

  expect(await a.ended()).toEqual({ code: 0, signal: null });
  expect([...started(a)]).toEqual(['0']);
});

it('gives a partition whose command ends to another member, and leaves the others alone', async () => {
  const table = await prepare();
  const fails = 'test "$TENURE_PARTITION" = 0 && exit 3; exec sleep 1000';
  const args = ['run', 'orders', '--partitions', '2', '--create-group', ...STEADY, '--json'];
  const a = startTenure([...args, '--', 'sh', '-c', fails], table);
  const error = await a.line(({ event }) => event === 'error');
  expect(error).toMatchObject({
    partition: 0,
    message: 'the command of partition 0 ended with exit code 3',
  });
  const b = join(table, 2);
  await until(() => started(b).has('0'));
  const views = await allLed(table);
  expect(views.map(({ token }) => token)).toEqual(['2', '1']);
  for (const member of [a, b]) member.signal('SIGTERM');
  await Promise.all([a.ended(), b.ended()]);
});

it('moves, resigns and deposes when an operator asks for it, and says what it did', async () => {
  const table = await prepare();
  const a = join(table, 2, '--create-group', '--candidate', 'a');
  await until(() => started(a).size === 2);
  const b = join(table, 2, '--candidate', 'b');
  await until(() => started(b).size === 1);
  const led = await allLed(table);
  const ofA = led.find(({ candidateId }) => candidateId?.startsWith('a/'));
  const idOf = (prefix: string) =>
    led.find(({ candidateId }) => candidateId?.startsWith(prefix))?.candidateId ?? '';
  const partition = String(ofA?.partition);

  const moved = await verb(table, 'move', 'orders', partition, '--to', idOf('b/'), '--for', '30m');
  expect(moved).toMatchObject({ code: 0, said: { result: 'planned', candidateId: idOf('b/') } });
  await until(() => started(b).has(partition));
  expect((await verb(table, 'rebalance', 'orders')).said.result).toBe('planned');
  expect((await verb(table, 'rebalance', 'orders')).said.result).toBe('unchanged');
  const resigned = await verb(table, 'resign', 'orders', '--partition', '0');
  expect(resigned.said.result).toBe('planned');

  // The member is killed, and its guardians end its commands. An operator need not wait for the lease.
  b.signal('SIGKILL');
  const commands = b.lines.filter(({ event }) => event === 'command').map(({ pid }) => Number(pid));
  await until(async () => !(await Promise.all(commands.map(isRunning))).includes(true));
  const deposed = await verb(table, 'depose', 'orders', '--member', idOf('b/'), '--now', '--yes');
  expect(deposed).toMatchObject({ code: 0, said: { result: 'deposed', waitMs: 0 } });
  const after = await allLed(table);
  expect(after.every(({ candidateId }) => candidateId?.startsWith('a/'))).toBe(true);
  const status = await verb(table, 'status', 'orders', '--partition', '1');
  expect(status).toMatchObject({ code: 0, said: { partition: 1, state: 'leading' } });
  expect((await verb(table, 'groups', 'list')).said.groups).toMatchObject([
    { group: 'orders', partitionCount: 2 },
  ]);
  a.signal('SIGTERM');
  expect((await a.ended()).code).toBe(0);
});

it('says what is wrong with a group, and exits as other verbs do', async () => {
  const table = await prepare();
  const missing = await verb(table, 'partitions', 'orders');
  expect(missing.code).toBe(3);
  expect(missing.text).toContain('tenure groups create orders --partitions');
  const nobody = join(table, 2);
  expect((await nobody.ended()).code).toBe(3);
  expect((await verb(table, 'groups', 'list')).code).toBe(1);
  await verb(table, 'groups', 'create', 'orders', '--partitions', '3');
  expect((await verb(table, 'groups', 'create', 'orders', '--partitions', '5')).said.result).toBe(
    'raised',
  );
  const lowered = await verb(table, 'groups', 'create', 'orders', '--partitions', '2');
  expect(lowered.code).toBe(2);
  expect(lowered.text).toContain('partitions must be at least 5');
  const more = join(table, 6);
  expect((await more.ended()).code).toBe(2);
  const gone = await verb(table, 'move', 'orders', '1', '--to', 'gone');
  expect(gone.code).toBe(2);
  const queue = join(table, 5, '--settle', '0ms');
  expect((await queue.ended()).code).toBe(2);
  expect((await verb(table, 'members', 'orders')).code).toBe(1);
  expect((await verb(table, 'groups', 'create', 'x', '--partitions', '0')).code).toBe(2);
  const unseen = startTenure(
    ['run', 'orders', '--partitions', '5', '--', 'no-such-command'],
    table,
  );
  expect((await unseen.ended()).code).toBe(127);
});

it('puts the partition in front of each whole line, and of what never becomes one', () => {
  const shown: string[] = [];
  const lines = prefixedLines('[ 7] ', (text) => void shown.push(text));
  lines.data('one\ntw');
  lines.data('o\n');
  lines.data('three');
  lines.end();
  expect(shown.join('')).toBe('[ 7] one\n[ 7] two\n[ 7] three\n');
});
