/**
 * Programs that are run to their end, and the lines of those that are not.
 */
import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(import.meta.dirname, '..', '..');

export type Environment = Readonly<Record<string, string | undefined>>;

/** Aborted by an interruption: programs that run to their end are ended with it. */
export const interrupted = new AbortController();

/** Only a hang lasts so long: the program needs some four minutes, even on a busy machine. */
export const HANG_MS = 25 * 60_000;

/** Gives what the program wrote to standard output. @throws with the end of what it wrote where it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly env?: Environment; readonly cwd?: string } = {},
): Promise<string> {
  const { env = process.env, cwd = ROOT } = options;
  try {
    const { stdout } = await promisify(execFile)(program, [...args], {
      ...{ env, cwd, timeout: HANG_MS, signal: interrupted.signal },
      maxBuffer: 64 * 1024 * 1024,
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
  /** Sends the signal to the program alone, as an orderly stop does. */
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal to the program and to all that it started, as the end of a machine does. */
  signalAll(signal: NodeJS.Signals): void;
  /** Resolves with the exit code once the program has ended. */
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
  // The head of a process group of its own, so that what it starts can be signalled with it.
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  const child = spawn(program, [...args], { env, cwd, stdio, detached: true });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  listen(child, heard);
  return {
    pid: child.pid as number,
    signal: (signal) => void child.kill(signal),
    signalAll: (signal) => signalGroup(child.pid, signal),
    ended,
    async [Symbol.asyncDispose]() {
      signalGroup(child.pid, 'SIGKILL');
      await ended;
    },
  };
}

/** `SIGKILL` ends a stopped process too. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    // No process of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
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

/** Asks again and again until there is an answer. @throws with the name of the missing answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadline = performance.now() + HANG_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${HANG_MS} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
