/**
 * `tenure run` where its surroundings fail: a command that cannot start, outputs without a reader, a
 * guardian that hangs, and processes that are not ours to end.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  createReadStream,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGuarded } from '../../../lib/cli/command/guarded-command.ts';
import { after, readMachineClocks } from '../../../lib/cli/command/term-deadlines.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { preparedTable } from '../../support/election-table.ts';
import { startFaultProxy } from '../../support/network/fault-proxy.ts';
import { isRunning, type Line, startWorker } from '../../support/processes.ts';
import {
  program,
  SHORT_LEASE,
  STEADY_LEASE,
  startTenure,
  tenureCommand,
} from '../../support/tenure.ts';
import { until } from '../../support/until.ts';

async function prepareTable() {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  return table;
}

function prepareFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const electionsOf = (lines: readonly Line[]) => lines.filter(({ event }) => event === 'elected');

describe('a command that cannot start', () => {
  it.each([
    ['is missing', () => 'no-such-command', 127, 'was not found'],
    ['is missing where its path says', () => '/no/such/command', 127, 'was not found'],
    ['is a directory', prepareFolder, 126, 'is a directory'],
    [
      'may not be executed',
      () => {
        const file = join(prepareFolder(), 'plain-file');
        writeFileSync(file, 'text');
        return file;
      },
      126,
      'is not an executable file',
    ],
  ])('ends tenure run as a shell says, before it leads, when it %s', async (_, make, code, why) => {
    const table = await prepareTable();

    const run = startTenure(['run', 'orders', ...STEADY_LEASE, '--json', '--', make()], table);

    expect((await run.ended()).code).toBe(code);
    expect(run.stderr()).toContain(why);
    expect(electionsOf(run.lines)).toEqual([]);
  });

  it('ends tenure run with 126 after one term when its file is open for writing', async () => {
    const table = await prepareTable();
    const file = join(prepareFolder(), 'busy');
    copyFileSync('/bin/true', file);
    chmodSync(file, 0o755);
    const writer = openSync(file, 'r+');
    onTestFinished(() => closeSync(writer));

    const run = startTenure(['run', 'orders', ...STEADY_LEASE, '--json', '--', file], table);

    expect((await run.ended()).code).toBe(126);
    expect(run.stderr()).toContain('ETXTBSY');
    expect(electionsOf(run.lines)).toHaveLength(1);
  });

  it('ends tenure run after one term when its file is no program of this machine', async () => {
    const table = await prepareTable();
    const file = join(prepareFolder(), 'foreign');
    writeFileSync(file, Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(200)]));
    chmodSync(file, 0o755);

    const run = startTenure(['run', 'orders', ...STEADY_LEASE, '--json', '--', file], table);

    // The C library gives a file that the kernel cannot start to a shell, as a shell does.
    expect([126, 127]).toContain((await run.ended()).code);
    expect(electionsOf(run.lines)).toHaveLength(1);
  });

  it('is told by its guardian when its arguments are too long', async () => {
    const inMs = (ms: number) => after(readMachineClocks(), ms);

    const guarded = startGuarded({
      command: 'true',
      // The kernel takes at most 128 KB in one argument.
      args: ['x'.repeat(200_000)],
      env: process.env,
      json: true,
      deadlines: { stopAt: inMs(60_000), killAt: inMs(70_000) },
    });

    expect(await guarded.ended).toEqual({ kind: 'not-started', code: 'E2BIG' });
  });
});

/** So many fill the buffer that a stream has in front of a full pipe. */
const RENEWALS = 6;

/** Runs the command that follows with a standard error that is full and has no reader. */
const FULL = 'timeout 0.3 cat /dev/zero >&2; exec "$@"';

async function stalledPipe() {
  const fifo = join(prepareFolder(), 'pipe');
  const made = startWorker([fifo], { command: 'mkfifo' });
  await made.ended();
  // The process itself opens the pipe for reading too, so that a writer always finds a reader.
  return { fifo, open: `exec 2<>'${fifo}'` };
}

describe('a standard error that is full and that nobody reads', () => {
  it.each([
    ['pipe', async () => (await stalledPipe()).open],
    // A parent in Node gives its child a socket, and so does systemd.
    ['socket', async () => 'true'],
  ])('costs tenure neither its lease nor a signal: a %s', async (_, stalled) => {
    const table = await preparedTable();
    const open = await stalled();
    const args = ['run', 'orders', ...STEADY_LEASE, '--json', '--', ...program('command.ts')];
    const { command, env } = tenureCommand(args, table);
    const shell = ['-c', `${open}; ${FULL}`, 'bash', ...command];
    const run = startWorker(shell, { command: 'bash', env, unread: 'stderr' });
    await run.event('command');

    const rival = startTenure(['run', 'orders', ...STEADY_LEASE, '--json', '--', 'true'], table);
    await rival.event('standby');
    const revisions = new Set<string>();
    await until(
      async () => revisions.add((await table.record('orders')).revision).size > RENEWALS,
      { what: 'its renewals' },
    );
    run.signal('SIGTERM');

    expect(await run.ended()).toEqual({ code: 0, signal: null });
    expect(await rival.event('elected')).toMatchObject({ token: '2' });
  });

  it('drops lines, and says how many once the reader reads again', async () => {
    const { fifo, open } = await stalledPipe();
    const burst = program('event-burst.ts', '5000');
    const run = startWorker(['-c', `${open}; ${FULL}`, 'bash', ...burst], { command: 'bash' });
    await run.event('written');

    const input = createReadStream(fifo);
    onTestFinished(() => void input.destroy());
    const lines: string[] = [];
    const complete = new Promise<void>((resolve) => {
      createInterface({ input }).on('line', (line) => {
        lines.push(line.replaceAll('\0', ''));
        if (line.startsWith('dropped')) run.stdin.write('go on\n');
        if (line === 'last line') resolve();
      });
    });
    await complete;

    await run.event('closed');
    const kept = lines.filter((line) => line.startsWith('line '));
    expect(kept.map((line) => Number(line.split(' ')[1]))).toEqual(kept.map((_, n) => n));
    expect(kept.length).toBeGreaterThan(0);
    expect(lines.slice(kept.length)).toEqual([`dropped ${5_000 - kept.length}`, 'last line']);
  });
});

/** A leader behind a proxy whose command ignores SIGTERM, and whose guardian hangs. */
async function prepareHang(...options: readonly string[]) {
  const table = await prepareTable();
  const proxy = await startFaultProxy(table.endpoint);
  onTestFinished(() => proxy.stop());
  const args = ['run', 'orders', ...SHORT_LEASE, '--json', ...options];
  const stubborn = program('command.ts', 'ignore-sigterm', 'child');
  const leader = startTenure([...args, '--', ...stubborn], table, { endpoint: proxy.endpoint });
  const command = await leader.event('command');
  const guardian = Number(command.guardian);
  process.kill(guardian, 'SIGSTOP');
  const family = [Number(command.pid), ...(command.children as number[])];
  const alive = async () => {
    const running = await Promise.all(family.map(isRunning));
    return family.filter((__, n) => running[n]);
  };
  return { table, proxy, leader, guardian, alive };
}

describe('a guardian that hangs', () => {
  it('is replaced at the deadline: tenure ends the command before another candidate is elected', async () => {
    const { table, proxy, leader, guardian, alive } = await prepareHang();
    const rival = startTenure(['run', 'orders', ...SHORT_LEASE, '--json', '--', 'true'], table);
    await rival.event('standby');

    proxy.inject({ direction: 'requests', kind: 'black-hole' });

    await rival.event('elected');
    expect(await alive()).toEqual([]);
    expect((await leader.ended()).code).toBe(1);
    expect(leader.stderr()).toContain('the guardian did not answer');
    expect(await isRunning(guardian)).toBe(false);
  });

  it('does not keep tenure alive when it is told to stop', async () => {
    const { leader, alive } = await prepareHang('--drain', '500ms');

    leader.signal('SIGTERM');

    expect((await leader.ended()).code).toBe(1);
    expect(await alive()).toEqual([]);
  });
});

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** A process that root owns, which is not a child of this test. */
async function processOfRoot() {
  const sleeper = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void sleeper.kill('SIGKILL'));
  return sleeper.pid ?? 0;
}

describe.runIf(isRoot)('processes that tenure may not end', () => {
  it('do not count as gone', async () => {
    const pid = await processOfRoot();
    const [file, ...args] = program('end-group.ts', String(pid));

    const child = startWorker(['--reuid', String(NOBODY), '--clear-groups', file ?? '', ...args], {
      command: 'setpriv',
    });

    expect(await child.event('ended')).toMatchObject({ gone: false });
    expect(await isRunning(pid)).toBe(true);
  });

  it('keep the role from being released', async () => {
    const table = await prepareTable();
    const folder = prepareFolder();
    chmodSync(folder, 0o755);
    const elevated = join(folder, 'setpriv');
    copyFileSync('/usr/bin/setpriv', elevated);
    chmodSync(elevated, 0o4755);
    // It becomes root's in a moment of its own.
    const script = [
      `${elevated} --reuid 0 sleep 60 >/dev/null 2>&1 &`,
      'echo "{\\"event\\":\\"left\\",\\"pid\\":$!}"',
      // It becomes root's in a moment of its own.
      "until grep -q '^Uid:\t0' /proc/$!/status; do :; done",
    ].join('\n');
    // Long enough for a rival to see the role held, and short enough to wait for.
    const lease = [...STEADY_LEASE, '--lease', '15s'];
    const args = ['run', 'orders', ...lease, '--json', '--drain', '500ms'];
    const { command, env } = tenureCommand([...args, '--', 'sh', '-c', script], table);
    const run = startWorker(['--reuid', String(NOBODY), '--clear-groups', ...command], {
      command: 'setpriv',
      env,
    });

    const left = Number((await run.event('left')).pid);
    onTestFinished(() => void process.kill(left, 'SIGKILL'));
    expect((await run.ended()).code).toBe(1);
    expect(await isRunning(left)).toBe(true);

    expect(run.stderr()).toContain('could not be ended');
    expect(run.lines.filter(({ event }) => event === 'resigned')).toEqual([]);
    const rival = startTenure(['run', 'orders', ...STEADY_LEASE, '--json', '--', 'true'], table);
    expect(await rival.event('standby')).toMatchObject({ token: '1' });
  });
});

/** A module that is loaded before the program's own. */
function preload(text: string) {
  const file = join(prepareFolder(), 'preload.cjs');
  writeFileSync(file, text);
  return { NODE_OPTIONS: `--require ${file}` };
}

describe('where tenure run cannot work', () => {
  it('exits with 1 once its guardian has ended three times before the command started', async () => {
    const table = await prepareTable();
    const env = preload('if (/guardian\\.[jt]s$/.test(process.argv[1])) process.exit(3);');
    const args = ['run', 'orders', ...STEADY_LEASE, '--json', '--', 'true'];

    const run = startTenure(args, table, { env });

    expect((await run.ended()).code).toBe(1);
    expect(run.stderr()).toContain('ended 3 times before it had started the command');
    expect(electionsOf(run.lines)).toHaveLength(3);
  });

  it('refuses Windows, before it leads', async () => {
    const table = await prepareTable();
    const env = preload("Object.defineProperty(process, 'platform', { value: 'win32' });");

    const run = startTenure(['run', 'orders', ...STEADY_LEASE, '--json', '--', 'true'], table, {
      env,
    });

    expect((await run.ended()).code).toBe(2);
    expect(run.stderr()).toContain('does not work on win32');
    expect(electionsOf(run.lines)).toEqual([]);
  });
});

describe('SIGHUP to tenure run', () => {
  it('is ignored under nohup', async () => {
    const table = await prepareTable();
    const args = ['run', 'orders', ...STEADY_LEASE, '--json', '--', ...program('command.ts')];
    const { command, env } = tenureCommand(args, table);
    const run = startWorker(['-c', 'nohup "$@"', 'bash', ...command], { command: 'bash', env });
    await run.event('command');

    run.signal('SIGHUP');

    const renewed = await run.event('renewed', { after: run.lines.length });
    await run.event('renewed', { after: run.lines.indexOf(renewed) + 1 });
    expect(run.lines.filter(({ event }) => event === 'draining')).toEqual([]);
  });
});
