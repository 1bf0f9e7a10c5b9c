/**
 * `tenure guard` as the first process of a process-id namespace, as in a container. Needs a machine that
 * lets this user make one.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openGuardSocket } from '../../lib/guard/guard-socket.ts';
import { identityOf, isDescendant, isGone } from '../../lib/guard/process-identity.ts';
import { ownIdentity } from '../../lib/runtime/will/own-identity.ts';
import { startWorker } from '../support/processes.ts';
import { firstProcessOf, hasNamespaces, inNamespace } from '../support/programs/namespace.ts';
import { tenureCommand } from '../support/tenure.ts';
import { until } from '../support/until.ts';
import { hasWill, leaderCommand, prepareTable } from './forms.ts';

/** Far longer than a test takes, so that an election before its end is the will's doing. */
const LONG_LEASE_MS = 900_000;

const programOf = (name: string) => fileURLToPath(new URL(`programs/${name}`, import.meta.url));

/** A program below `tenure guard`, which is the first process of its namespace. */
function startFirst(table: Awaited<ReturnType<typeof prepareTable>>, command: readonly string[]) {
  const guarded = tenureCommand(['guard', '--', ...command], table);
  const [unshare = '', ...args] = inNamespace(guarded.command);
  return startWorker(args, { command: unshare, env: guarded.env });
}

const lease = leaderCommand(`lease=${LONG_LEASE_MS}`);

describe.runIf(hasNamespaces)('a guard that is the first process', () => {
  it('has the exits of orphans collected', async () => {
    const worker = startFirst(await prepareTable(), [process.execPath, programOf('orphans.ts')]);

    expect(await worker.ended()).toEqual({ code: 0, signal: null });

    expect(worker.lines.map(({ event }) => event)).toEqual(['collected', 'collected', 'collected']);
  });

  it('releases the role of its program, and ends the container with the code of it', async () => {
    const worker = startFirst(await prepareTable(), lease);
    await hasWill(worker);

    worker.stdin.write('abort\n');

    expect((await worker.ended()).code).toBe(134);
    expect(worker.stderr()).toContain('last will of orders (term 1): released it');
  });

  it('passes SIGTERM on, and ends with the code of a program that has resigned', async () => {
    const worker = startFirst(await prepareTable(), lease);
    await hasWill(worker);

    process.kill(firstProcessOf(worker.pid), 'SIGTERM');

    await worker.event('resigned');
    expect(await worker.ended()).toEqual({ code: 0, signal: null });
    expect(worker.stderr()).not.toContain('last will');
  });

  it('is not deceived by another process that has the id of the leader', async () => {
    const table = await prepareTable();
    const worker = startFirst(table, [process.execPath, programOf('reused-pid.ts'), ...lease]);

    const reused = await worker.event('reused');
    expect(reused.is).toBe(reused.was);

    const rival = startWorker(lease.slice(1), { env: tenureCommand([], table).env });
    expect((await rival.event('elected')).token).toBe('2');
  });
});

describe('a guard', () => {
  it('takes no will of a process that has the id of its child in another namespace', async () => {
    const child = identityOf(process.ppid);
    const complaints: string[] = [];
    const socket = await openGuardSocket({
      child: () => child,
      report: () => {},
      complain: (message) => complaints.push(message),
    });
    onTestFinished(() => socket.close());

    for (const startTime of [child.startTime, '1']) {
      const hello = { kind: 'hello', pid: child.pid, startTime };
      const channel = connect({ path: `\0${socket.address.slice(1)}` });
      channel.end(`${JSON.stringify(hello)}\n`);
      await once(channel, 'close');
    }

    await until(() => complaints.length > 0);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain(`process ${child.pid} is not below this guard`);
  });
});

describe('the identity of a process', () => {
  it('is its id and its start time: the same id with another start time is another process', () => {
    const own = ownIdentity();
    const parent = identityOf(process.ppid);

    expect(isGone(own)).toBe(false);
    expect(isGone(parent)).toBe(false);
    expect(isGone({ ...own, startTime: '1' })).toBe(true);
    expect(isDescendant({ ...own, startTime: '1' })).toBe(false);
    expect(isDescendant(parent)).toBe(false);
  });
});
