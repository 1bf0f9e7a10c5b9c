/**
 * The last will, with real processes: how each one dies, and what the kernel reports of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Exchange, startFaultProxy } from '../support/network/fault-proxy.ts';
import { isRunning } from '../support/processes.ts';
import { startTenure } from '../support/tenure.ts';
import { until } from '../support/until.ts';
import {
  CAUTION_MS,
  FORMS,
  hasWill,
  lastConfirmation,
  leaderCommand,
  lease,
  prepareGuarded,
  prepareTable,
  startLeader,
  startRival,
} from './forms.ts';

/** Far longer than a test takes, so that an election before its end is the will's doing. */
const LONG_LEASE_MS = 900_000;
/** Short enough to wait for. */
const SHORT_LEASE_MS = 6_000;

describe.each(FORMS)('the last will of a leader: %s', (form) => {
  it('releases the role when the leader is killed, long before the lease ends', async () => {
    const table = await prepareTable();
    const leader = await startLeader(form, table, { leaseMs: 15_000 });
    const rival = await startRival(table, 15_000);

    process.kill(leader.pid, 'SIGKILL');
    const killedAt = Date.now();

    const elected = await rival.event('elected');
    // A standby without hints reads once in a renew interval, which is a second here.
    expect(Number(elected.atEpochMs) - killedAt).toBeLessThan(6_000);
    expect(elected.token).toBe('2');
  });

  it('is not executed for a leader that is stopped past its lease', async () => {
    const table = await prepareTable();
    const leader = await startLeader(form, table, { leaseMs: SHORT_LEASE_MS });
    const rival = await startRival(table, SHORT_LEASE_MS);

    process.kill(leader.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(leader.pid, 'SIGKILL'));

    const elected = await rival.event('elected');
    const silentMs = Number(elected.atEpochMs) - lastConfirmation(leader);
    expect(silentMs).toBeGreaterThan(SHORT_LEASE_MS - CAUTION_MS);
    expect(leader.worker.stderr()).not.toContain('last will');
  });

  it('is executed late where the store is gone at the moment of death', async () => {
    const table = await prepareTable();
    const proxy = await startFaultProxy(table.endpoint);
    onTestFinished(() => proxy.stop());
    const leader = await startLeader(form, table, { leaseMs: 30_000, endpoint: proxy.endpoint });
    const rival = await startRival(table, 30_000);
    proxy.inject({ direction: 'requests', kind: 'black-hole' });

    const before = proxy.exchanges.length;
    process.kill(leader.pid, 'SIGKILL');
    // Two attempts of the will, of which the first had no answer.
    const attempts = () => proxy.exchanges.slice(before).filter(isRelease).length;
    await until(() => attempts() >= 2);
    proxy.heal();

    expect((await rival.event('elected')).token).toBe('2');
  });
});

/** A release removes the holder; no other write of a leader does. */
const isRelease = ({ body }: Exchange) =>
  /REMOVE[^"]*holder/i.test(body) || body.includes('release');

describe('a program below tenure guard', () => {
  it.each([
    ['aborts', 'abort', 134],
    ['throws', 'throw', 1],
    ['exits without resigning', 'exit', 3],
    ['fills its heap', 'heap-full', 134],
  ])('has its role released when it %s, and its exit code passed on', async (_, how, code) => {
    const command = leaderCommand(lease(LONG_LEASE_MS));
    const [node = '', ...args] = command;
    const { worker } = await prepareGuarded(LONG_LEASE_MS, [
      node,
      '--max-old-space-size=60',
      ...args,
    ]);

    worker.stdin.write(`${how}\n`);

    expect((await worker.ended()).code).toBe(code);
    expect(worker.stderr()).toContain('last will of orders (term 1): released it');
  });

  it('resigns by itself at SIGTERM, and leaves no will', async () => {
    const command = leaderCommand(lease(LONG_LEASE_MS));
    const { worker, rival } = await prepareGuarded(LONG_LEASE_MS, command);

    worker.signal('SIGTERM');

    await worker.event('resigned');
    expect(await worker.ended()).toEqual({ code: 0, signal: null });
    expect(worker.stderr()).not.toContain('last will');
    await rival.event('elected');
  });

  it('has one will for each election that it leads', async () => {
    const table = await prepareTable();
    const command = leaderCommand(lease(LONG_LEASE_MS), 'elections=orders,mails,bills');
    const worker = startTenure(['guard', '--', ...command], table);
    for (const election of ['orders', 'mails', 'bills']) await hasWill(worker, election);

    process.kill(Number((await worker.event('started')).pid), 'SIGKILL');

    expect((await worker.ended()).code).toBe(137);
    for (const election of ['orders', 'mails', 'bills']) {
      expect(worker.stderr()).toContain(`last will of ${election} (term 1): released it`);
    }
  });

  it('is found behind a shell, and its end is told while that shell lives', async () => {
    const script = '"$@" <&0 & wait; exec sleep 60 >/dev/null 2>&1';
    const command = ['sh', '-c', script, 'sh', ...leaderCommand(lease(20_000))];
    const { worker, pid, rival } = await prepareGuarded(20_000, command);

    process.kill(pid, 'SIGKILL');

    expect((await rival.event('elected')).token).toBe('2');
    expect(await isRunning(worker.pid)).toBe(true);
  });

  it('keeps its role when the shell that started it is gone and it lives on', async () => {
    const script = 'setsid "$@" <&0 & exec sleep 1000';
    const command = ['sh', '-c', script, 'sh', ...leaderCommand(lease(SHORT_LEASE_MS))];
    const { worker, rival } = await prepareGuarded(SHORT_LEASE_MS, command);
    const renewals = worker.lines.length;

    worker.signal('SIGTERM');

    // The signal ends the shell, which is now `sleep`. The leader, in a session of its own, does not get it.
    await worker.event('renewed', { after: renewals });
    await rival.line(({ event }) => event === 'standby');
    expect(rival.lines.filter(({ event }) => event === 'elected')).toEqual([]);
    expect(worker.stderr()).not.toContain('last will');
  });

  it('has no will executed while a child holds its channel open: the lease lapses', async () => {
    const command = leaderCommand(lease(SHORT_LEASE_MS));
    const { worker, pid, lapses } = await prepareGuarded(SHORT_LEASE_MS, command);
    worker.stdin.write('fork\n');
    const child = Number((await worker.event('forked')).pid);
    onTestFinished(() => void process.kill(child, 'SIGKILL'));

    process.kill(pid, 'SIGKILL');

    await lapses();
    expect(worker.stderr()).not.toContain('released it');
  });

  it('has no will executed for closing all of its descriptors: the lease lapses', async () => {
    const command = leaderCommand(lease(SHORT_LEASE_MS));
    const { worker, pid, lapses } = await prepareGuarded(SHORT_LEASE_MS, command);

    worker.stdin.write('close-descriptors\n');

    await lapses();
    expect(await isRunning(pid)).toBe(true);
    expect(worker.stderr()).not.toContain('last will');
  });

  it('leads on without a guard that was killed, and then its lease lapses', async () => {
    const command = leaderCommand(lease(SHORT_LEASE_MS));
    const { worker, pid, rival, lapses } = await prepareGuarded(SHORT_LEASE_MS, command);
    const before = worker.lines.length;
    process.kill(worker.pid, 'SIGKILL');
    await worker.event('renewed', { after: before });
    expect(rival.lines.filter(({ event }) => event === 'elected')).toEqual([]);

    process.kill(pid, 'SIGKILL');

    await lapses();
  });
});

describe('a guardian that the library has spawned', () => {
  async function prepare(leaseMs: number) {
    const table = await prepareTable();
    const leader = await startLeader('spawn', table, { leaseMs });
    const rival = await startRival(table, leaseMs);
    return { leader, rival, guardian: await guardianOf(leader.pid) };
  }

  it('is replaced when it was killed', async () => {
    const { leader, rival, guardian } = await prepare(10_000);
    process.kill(guardian, 'SIGKILL');
    const replaced = async () => ![guardian, 0].includes(await guardianOf(leader.pid));
    await until(replaced);
    await leader.worker.event('renewed', { after: leader.worker.lines.length });

    process.kill(leader.pid, 'SIGKILL');

    const elected = await rival.event('elected');
    const silentMs = Number(elected.atEpochMs) - lastConfirmation(leader);
    expect(silentMs).toBeLessThan(10_000 - CAUTION_MS);
  });

  it('costs the will and nothing else when it dies together with its leader', async () => {
    const { leader, rival, guardian } = await prepare(SHORT_LEASE_MS);

    process.kill(guardian, 'SIGKILL');
    process.kill(leader.pid, 'SIGKILL');

    const elected = await rival.event('elected');
    const silentMs = Number(elected.atEpochMs) - lastConfirmation(leader);
    expect(silentMs).toBeGreaterThan(SHORT_LEASE_MS - CAUTION_MS);
  });

  it('ends with its leader, and keeps none from ending', async () => {
    const { leader, guardian } = await prepare(LONG_LEASE_MS);

    leader.worker.signal('SIGTERM');

    expect((await leader.worker.ended()).code).toBe(0);
    await until(async () => !(await isRunning(guardian)));
    expect(leader.worker.stderr()).not.toContain('last will');
  });
});

/** The child of that process that is a guardian; 0 for none. */
async function guardianOf(pid: number): Promise<number> {
  const tasks = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' '),
  );
  const guardians = tasks.filter(
    (child) => child !== '' && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('spawned.'),
  );
  return Number(guardians[0] ?? 0);
}

describe('a healthy leader with a will', () => {
  it('sends no request more than one without', async () => {
    const table = await prepareTable();
    const proxy = await startFaultProxy(table.endpoint);
    onTestFinished(() => proxy.stop());
    const { worker } = await startLeader('spawn', table, {
      leaseMs: SHORT_LEASE_MS,
      endpoint: proxy.endpoint,
    });

    const renewals = () => worker.lines.filter(({ event }) => event === 'renewed').length;
    await until(() => renewals() >= 5);
    worker.signal('SIGTERM');
    await worker.ended();

    const confirmed = worker.lines.filter(({ event }) =>
      ['elected', 'renewed', 'resigned'].includes(String(event)),
    );
    expect(proxy.counts().UpdateItem).toBeLessThanOrEqual(confirmed.length + 1);
    expect(new Set(Object.keys(proxy.counts()))).toEqual(
      new Set(['GetItem', 'Query', 'UpdateItem']),
    );
  });
});
