/** When processes ended by the kernel's own clock, where this machine lets us hear of it. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ExitTimes {
  /** The last exit of a thread of it at or after that instant; `undefined` where none was heard of. */
  exitOf(pid: number, sinceNs: bigint): bigint | undefined;
  stop(): void;
}

const PROGRAM = fileURLToPath(new URL('exit-times.py', import.meta.url));

/** `undefined` without python3, root, or a kernel that tells. */
export async function listenToExits(): Promise<ExitTimes | undefined> {
  const child = spawn('python3', [PROGRAM], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exits = new Map<number, bigint[]>();
  const listening = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [pid = '', atNs = ''] = line.split(' ');
      if (pid === 'listening') return resolve(true);
      const times = exits.get(Number(pid)) ?? [];
      exits.set(Number(pid), [...times, BigInt(atNs)]);
    });
  });
  if (!listening) return undefined;
  return {
    exitOf: (pid, sinceNs) => exits.get(pid)?.findLast((atNs) => atNs >= sinceNs),
    stop: () => void child.kill('SIGKILL'),
  };
}
