import { describe, expect, it, onTestFinished } from 'vitest';
import { freshTable } from '../../support/dynamodb.ts';
import { isRunning } from '../../support/processes.ts';
import { OWN_ID, program, SHORT_LEASE, STEADY_LEASE, startTenure } from '../../support/tenure.ts';

async function prepare() {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  return table;
}

/** Copies each line of standard input to both outputs. */
const BOTH = 'while IFS= read -r line; do echo "$line"; echo "$line" >&2; done';

describe('tenure run', () => {
  it('gives the command its election, token and candidate, and its exit code to the shell', async () => {
    const table = await prepare();
    const command = 'echo "$TENURE_ELECTION $TENURE_TOKEN $TENURE_CANDIDATE_ID"; exit 7';

    const first = startTenure(['run', 'orders', '--', 'sh', '-c', command], table);
    expect(await first.ended()).toEqual({ code: 7, signal: null });
    const args = ['run', 'orders', '--candidate', 'blue', '--', 'sh', '-c', command];
    const second = startTenure(args, table);
    await second.ended();

    expect(first.stdout()).toMatch(new RegExp(`^orders 1 ${OWN_ID}\\n$`));
    expect(second.stdout()).toMatch(/^orders 2 blue\/[0-9a-f-]{17}\n$/);
  });

  it('passes standard input, output and error through, complete and in order', async () => {
    const table = await prepare();
    const lines = Array.from({ length: 2_000 }, (_, n) => `line ${n}`);

    const run = startTenure(['run', 'orders', '--json', '--', 'sh', '-c', BOTH], table);
    run.stdin.end(`${lines.join('\n')}\n`);
    await run.ended();

    const plain = run
      .stderr()
      .split('\n')
      .filter((line) => !line.startsWith('{'));
    expect(run.stdout()).toBe(`${lines.join('\n')}\n`);
    expect(plain).toEqual([...lines, '']);
  });

  it('passes the arguments of the command on as they are', async () => {
    const table = await prepare();
    const args = ['--json', '--lease', 'a b', '*', '', '--', '-x'];

    const run = startTenure(['run', 'orders', '--', 'printf', '%s|', ...args], table);
    await run.ended();

    expect(run.stdout()).toBe('--json|--lease|a b|*||--|-x|\n');
  });

  it('tells a command that was ended by a signal as a shell does', async () => {
    const table = await prepare();

    const run = startTenure(['run', 'orders', '--', 'sh', '-c', 'kill -KILL $$'], table);

    expect((await run.ended()).code).toBe(128 + 9);
  });

  it('ends what the command left running before it releases the role', async () => {
    const table = await prepare();
    const command = 'sleep 1000 >/dev/null 2>&1 & echo "{\\"event\\":\\"left\\",\\"pid\\":$!}"';

    const run = startTenure(['run', 'orders', '--', 'sh', '-c', command], table);
    const left = await run.event('left');

    expect((await run.ended()).code).toBe(0);
    expect(await isRunning(Number(left.pid))).toBe(false);
  });

  it('says what happens, one object a line, on file descriptor 2', async () => {
    const table = await prepare();
    const first = startTenure(
      ['run', 'orders', ...STEADY_LEASE, '--json', '--', ...program('command.ts')],
      table,
    );
    const elected = await first.event('elected');
    const second = startTenure(['run', 'orders', ...STEADY_LEASE, '--json', '--', 'true'], table);
    const standby = await second.event('standby');
    const renewed = await first.event('renewed');
    first.signal('SIGTERM');
    await first.ended();
    await second.ended();

    const atEpochMs = expect.any(Number);
    const candidateId = expect.stringMatching(new RegExp(`^${OWN_ID}$`));
    const base = { election: 'orders', candidateId, token: '1', atEpochMs };
    expect(elected).toEqual({ event: 'elected', ...base });
    expect(standby).toEqual({ event: 'standby', ...base, holder: elected.candidateId });
    expect(renewed).toEqual({ event: 'renewed', ...base, latencyMs: expect.any(Number) });
    expect(await first.event('draining')).toEqual({ event: 'draining', ...base });
    expect(await first.event('resigned')).toEqual({ event: 'resigned', ...base });
    expect(await second.event('elected')).toMatchObject({ token: '2' });
    const stray = first
      .stderr()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('{'));
    expect(stray).toEqual([]);
  });

  it('keeps a standby’s command from running until the role is free', async () => {
    const table = await prepare();
    const first = startTenure(
      ['run', 'orders', ...STEADY_LEASE, '--', ...program('command.ts')],
      table,
    );
    await first.event('command');
    const second = startTenure(
      ['run', 'orders', ...STEADY_LEASE, '--json', '--', ...program('command.ts')],
      table,
    );
    await second.event('standby');
    expect(second.stdout()).toBe('');

    first.signal('SIGINT');

    expect(await first.ended()).toEqual({ code: 0, signal: null });
    const { environment } = await second.event('command');
    expect(environment).toMatchObject({ TENURE_TOKEN: '2' });
  });

  it('exits with 5 with --no-wait where another leads, and runs the command where none does', async () => {
    const table = await prepare();
    const cron = ['run', 'orders', ...STEADY_LEASE, '--no-wait', '--', ...program('command.ts')];
    const first = startTenure(cron, table);
    await first.event('command');

    const second = startTenure(cron, table);
    expect(await second.ended()).toEqual({ code: 5, signal: null });
    expect(second.stdout()).toBe('');
    first.signal('SIGTERM');
    expect(await first.ended()).toEqual({ code: 0, signal: null });

    const third = startTenure(cron, table);
    const { environment } = await third.event('command');
    expect(environment).toMatchObject({ TENURE_TOKEN: '2' });
  });

  it('hands over between candidates of different timings, as in a rolling upgrade', async () => {
    const table = await prepare();
    const slow = ['--lease', '120s', '--renew', '600ms'];
    const command = ['--json', '--', ...program('command.ts')];
    const noWill = [...SHORT_LEASE, '--no-will'];
    const before = startTenure(['run', 'orders', ...noWill, ...command], table);
    await before.event('command');
    const after = startTenure(['run', 'orders', ...slow, ...command], table);
    await after.event('standby');

    before.signal('SIGKILL');

    // The lease that has to run out is the dead leader's, as its record states it, not the candidate's own.
    const second = await after.event('elected');
    expect(Number(second.token)).toBeGreaterThan(1);
    const back = startTenure(['run', 'orders', ...SHORT_LEASE, ...command], table);
    await back.event('standby');
    after.signal('SIGTERM');
    await after.ended();
    const third = await back.event('elected');
    expect(Number(third.token)).toBeGreaterThan(Number(second.token));
  });

  it('creates the table where it is told to', async () => {
    const table = await prepare();
    const fresh = { ...table, tableName: `${table.tableName}-new` };

    const run = startTenure(['run', 'orders', '--create-table', '--', 'true'], fresh);

    expect((await run.ended()).code).toBe(0);
    const again = startTenure(['run', 'orders', '--create-table', '--', 'true'], fresh);
    expect((await again.ended()).code).toBe(0);
  });
});

describe('SIGTERM to tenure run', () => {
  it('lets the command drain for longer than a lease while it renews, then releases and exits 0', async () => {
    const table = await prepare();
    // Ten renewals: long enough for a busy machine, short enough for a command to last longer.
    const lease = [...SHORT_LEASE, '--lease', '6s'];
    const args = ['run', 'orders', ...lease, '--json'];
    const command = program('command.ts', 'drain=8000');
    const run = startTenure([...args, '--drain', '30s', '--', ...command], table);
    await run.event('command');
    const rival = startTenure([...args, '--', 'true'], table);
    await rival.event('standby');

    run.signal('SIGTERM');
    const draining = await run.event('draining');
    await run.event('sigterm');
    await run.event('renewed', { after: run.lines.indexOf(draining) });
    expect(await run.ended()).toEqual({ code: 0, signal: null });

    const resigned = await run.event('resigned');
    const elected = await rival.event('elected');
    expect(Number(resigned.atEpochMs) - Number(draining.atEpochMs)).toBeGreaterThan(6_000);
    // The role passed by release, not by expiry: the lease of six seconds would have to pass first.
    expect(Number(elected.atEpochMs)).toBeGreaterThanOrEqual(Number(resigned.atEpochMs) - 100);
    expect(Number(elected.token)).toBeGreaterThan(Number(resigned.token));
  });

  it('kills a command that does not drain in time, then releases and exits 0', async () => {
    const table = await prepare();
    const command = program('command.ts', 'ignore-sigterm', 'child');
    const args = ['run', 'orders', ...STEADY_LEASE, '--drain', '700ms', '--json', '--', ...command];
    const run = startTenure(args, table);
    const { pid, children } = await run.event('command');

    run.signal('SIGTERM');
    await run.event('sigterm');

    expect(await run.ended()).toEqual({ code: 0, signal: null });
    await run.event('resigned');
    for (const one of [pid, ...(children as number[])]) {
      expect(await isRunning(Number(one))).toBe(false);
    }
  });

  it('ends a standby at once with exit code 0', async () => {
    const table = await prepare();
    const first = startTenure(['run', 'orders', '--', ...program('command.ts')], table);
    await first.event('command');
    const standby = startTenure(['run', 'orders', '--json', '--', 'true'], table);
    await standby.event('standby');

    standby.signal('SIGTERM');

    expect(await standby.ended()).toEqual({ code: 0, signal: null });
  });
});
