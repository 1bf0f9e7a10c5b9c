/**
 * `tenure guard` as the first process of a process-id namespace, as in a container. Needs a machine that
 * lets this user make one.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isDescendant, isGone } from '../../lib/guard/process-identity.ts';
import { ownIdentity } from '../../lib/runtime/will/own-identity.ts';
import { firstProcessOf, hasNamespaces, inNamespace } from '../support/namespace.ts';
import { startWorker } from '../support/processes.ts';
import { tenureCommand } from '../support/tenure.ts';
import { hasWill, leaderCommand, prepareTable } from './forms.ts';

/** Far longer than a test takes, so that an election before its end is the will's doing. */
const LONG_LEASE_MS = 60_000;
const WELL_BEFORE_MS = 25_000;

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
    expect((await rival.event('elected', { withinMs: WELL_BEFORE_MS })).token).toBe('2');
  });
});

describe('the identity of a process', () => {
  it('is its id and its start time: the same id with another start time is another process', () => {
    const own = ownIdentity();
    const parent = { pid: process.ppid, startTime: startTimeOf(process.ppid) };

    expect(isGone(own)).toBe(false);
    expect(isGone(parent)).toBe(false);
    expect(isGone({ ...own, startTime: '1' })).toBe(true);
    expect(isDescendant({ ...own, startTime: '1' })).toBe(false);
    expect(isDescendant(parent)).toBe(false);
  });
});

function startTimeOf(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
