/**
 * Programs that are run to their end, and the lines of those that are not.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(import.meta.dirname, '..', '..');

export type Environment = Readonly<Record<string, string | undefined>>;

/** What it wrote to standard output. @throws with the end of what it wrote where it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly env?: Environment; readonly cwd?: string; readonly timeoutMs?: number } = {},
): Promise<string> {
  const { env = process.env, cwd = ROOT, timeoutMs = 600_000 } = options;
  try {
    const { stdout } = await promisify(execFile)(program, [...args], {
      ...{ env, cwd, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 },
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const end = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${program} ${args.join(' ')} failed:\n${end}`, { cause: error });
  }
}

export interface Running extends AsyncDisposable {
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code once it has ended. */
  readonly ended: Promise<number | null>;
}

/** Starts a program whose lines are `heard`; disposing kills it and waits until it is gone. */
export function start(
  program: string,
  args: readonly string[],
  options: {
    readonly env: Environment;
    readonly cwd?: string;
    readonly heard?: (line: string) => void;
  },
): Running {
  const { env, cwd = ROOT, heard = () => {} } = options;
  const child = spawn(program, [...args], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  listen(child, heard);
  return {
    pid: child.pid as number,
    signal: (signal) => void child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        // Of one that is stopped nothing ends before it goes on.
        child.kill('SIGCONT');
      }
      await ended;
    },
  };
}

function listen(child: ChildProcess, heard: (line: string) => void): void {
  for (const output of [child.stdout, child.stderr]) {
    let rest = '';
    output?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) heard(line);
    });
  }
}

/** Asks until the answer is there. @throws with what was waited for at the deadline. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  withinMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
