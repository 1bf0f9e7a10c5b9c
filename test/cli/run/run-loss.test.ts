import { describe, expect, it, onTestFinished } from 'vitest';
import { freshTable } from '../../support/dynamodb.ts';
import { startFaultProxy } from '../../support/network/fault-proxy.ts';
import { isRunning, type Line, type Worker } from '../../support/processes.ts';
import { program, SHORT_LEASE, startTenure } from '../../support/tenure.ts';

const STUBBORN = program('command.ts', 'ignore-sigterm', 'child', 'escaped-child');

/** A leader behind a proxy, whose command does not stop when it is told to, and a rival that waits. */
async function prepare(...options: readonly string[]) {
  const table = await freshTable();
  const proxy = await startFaultProxy(table.endpoint);
  onTestFinished(async () => {
    table[Symbol.dispose]();
    await proxy.stop();
  });
  const run = ['run', 'orders', ...SHORT_LEASE, '--json'];
  const leader = startTenure([...run, ...options, '--', ...STUBBORN], table, {
    endpoint: proxy.endpoint,
  });
  const command = await leader.event('command');
  const rival = startTenure([...run, '--', ...program('command.ts')], table);
  await rival.event('standby');
  return { table, proxy, leader, command, rival };
}

/** The end of the command's own term: on a slow machine an earlier one may have ended before its command began. */
async function lostBy(leader: Worker, command: Line): Promise<Line> {
  const { TENURE_TOKEN } = command.environment as Record<string, unknown>;
  return leader.line(({ event, token }) => event === 'lost' && token === TENURE_TOKEN);
}

function familyOf(command: Line): readonly number[] {
  return [command.pid as number, ...(command.children as number[])];
}

async function aliveOf(command: Line): Promise<readonly number[]> {
  const alive = await Promise.all(familyOf(command).map(isRunning));
  return familyOf(command).filter((_, n) => alive[n]);
}

/** Waits for the rival's election. The old command must have ended by that moment. */
async function whenElected(rival: Worker): Promise<Line> {
  return rival.event('elected');
}

describe('a command of tenure run whose term is lost', () => {
  it('gets SIGTERM, and is dead with all its children before another candidate is elected', async () => {
    const { leader, proxy, command, rival } = await prepare();
    expect(await aliveOf(command)).toHaveLength(3);

    proxy.inject({ direction: 'requests', kind: 'black-hole' });

    const elected = await whenElected(rival);
    expect(await aliveOf(command)).toEqual([]);
    const told = await leader.event('sigterm');
    expect(Number(told.atEpochMs)).toBeLessThan(Number(elected.atEpochMs));
    expect(await lostBy(leader, command)).toMatchObject({ why: 'lapsed' });
  });

  it('is dead before another candidate is elected when tenure was killed with SIGKILL', async () => {
    const { leader, command, rival } = await prepare();

    leader.signal('SIGKILL');

    await whenElected(rival);
    expect(await aliveOf(command)).toEqual([]);
  });

  it('is dead before another candidate is elected while tenure is frozen', async () => {
    const { leader, command, rival } = await prepare();

    leader.signal('SIGSTOP');

    const soFar = leader.lines.length;
    await whenElected(rival);
    expect(await aliveOf(command)).toEqual([]);
    // The leader goes on, finds its term over, and waits for the next one.
    leader.signal('SIGCONT');
    expect(await lostBy(leader, command)).toMatchObject({ why: 'lapsed' });
    await leader.event('standby', { after: soFar });
    expect(leader.lines.filter(({ event }) => event === 'command')).toHaveLength(1);
  });

  it('is dead before its role is released when its guardian was killed', async () => {
    const { leader, command } = await prepare();

    const soFar = leader.lines.length;
    process.kill(Number(command.guardian), 'SIGKILL');

    // Waits for the end of this term: on a slow machine the leader may have given up an earlier one.
    await leader.event('resigned', { after: soFar });
    expect(await aliveOf(command)).toEqual([]);
    // Waits for this error alone: on a slow machine a renewal may be unanswered for a while too.
    const error = await leader.line(({ message }) =>
      String(message).includes('the guardian was ended from outside'),
    );
    expect(error.event).toBe('error');
    const after = leader.lines.indexOf(error);
    await leader.line(({ event }) => event === 'standby' || event === 'elected', { after });
  });
});

describe('tenure run after a loss', () => {
  it('campaigns again and runs the command in a new term', async () => {
    const { leader, proxy, rival } = await prepare();
    rival.signal('SIGKILL');
    proxy.inject({ direction: 'requests', kind: 'black-hole' });
    const lost = await leader.event('lost');

    proxy.heal();

    const elected = await leader.event('elected', { after: leader.lines.indexOf(lost) });
    expect(BigInt(String(elected.token))).toBeGreaterThan(1n);
    const command = await leader.event('command', { after: leader.lines.indexOf(lost) });
    // On a slow machine the leader may lose another term before its command starts.
    const tokens = leader.lines
      .filter(({ event }) => event === 'elected')
      .map(({ token }) => token);
    expect(tokens).toContain((command.environment as Record<string, unknown>).TENURE_TOKEN);
  });

  it('exits with code 4 if it was to lead once', async () => {
    const { leader, proxy, command } = await prepare('--once');

    proxy.inject({ direction: 'requests', kind: 'black-hole' });

    expect(await leader.ended()).toEqual({ code: 4, signal: null });
    expect(await aliveOf(command)).toEqual([]);
  });
});
