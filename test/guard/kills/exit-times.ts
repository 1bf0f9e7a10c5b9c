/**
 * When processes ended by the kernel's own clock: its trace of exits, where this machine lets us read it.
 *
 * The kernel notes an exit before it closes the files of the process, and tells the parent after that. So
 * no code of the process runs after the noted instant.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface ExitTimes {
  /** When the last thread of it ended after that instant, both of the monotonic clock. */
  exitOf(pid: number, sinceNs: bigint): bigint | undefined;
  stop(): void;
}

const TRACE = `/sys/kernel/tracing/instances/tenure-kills-${process.pid}`;
const EXITS = `${TRACE}/events/sched/sched_process_exit/enable`;
/** `name-thread ( process) [core] flags seconds: sched_process_exit: … group_dead=true` */
const EXIT = /\(\s*(\d+)\) \[\d+\] \S+\s+(\d+)\.(\d{6}): sched_process_exit: .*group_dead=true/;

/** `undefined` where there is no such trace, or this user may not read it. */
export function traceExits(): ExitTimes | undefined {
  try {
    mkdirSync(TRACE);
    // The clock of `process.hrtime`.
    writeFileSync(`${TRACE}/trace_clock`, 'mono');
    writeFileSync(`${TRACE}/options/record-tgid`, '1');
    writeFileSync(EXITS, '1');
  } catch {
    return undefined;
  }
  const exits = new Map<number, bigint[]>();
  const child = spawn('cat', [`${TRACE}/trace_pipe`], { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, pid, seconds = '', microseconds = ''] = EXIT.exec(line) ?? [];
    if (pid === undefined) return;
    const atNs = BigInt(`${seconds}${microseconds}`) * 1_000n;
    exits.set(Number(pid), [...(exits.get(Number(pid)) ?? []), atNs]);
  });
  return {
    exitOf: (pid, sinceNs) => exits.get(pid)?.find((atNs) => atNs >= sinceNs),
    stop() {
      writeFileSync(EXITS, '0');
      child.once('close', () => rmdirSync(TRACE));
      child.kill('SIGKILL');
    },
  };
}
