/**
 * Real processes for a test: started, listened to, signalled, and always ended with the test.
 *
 * A worker speaks in lines of JSON, on standard output or (as `tenure run --json`) on standard error.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { HANG_MS } from './until.ts';

/** A line of JSON that a worker wrote. */
export type Line = Readonly<Record<string, unknown>>;

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Worker {
  readonly pid: number;
  readonly stdin: NodeJS.WritableStream;
  /** Every line of JSON so far, from both outputs, in the order of arrival. */
  readonly lines: readonly Line[];
  /** Everything written so far, JSON or not. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The first line, past or future, for which this holds. Rejects at the deadline, or at its end. */
  line(matches: (line: Line) => boolean, options?: Deadline): Promise<Line>;
  /** The first line with this `event`, past or future. */
  event(name: string, options?: Deadline): Promise<Line>;
  signal(signal: NodeJS.Signals): void;
  /** How it ended. Rejects at the deadline. */
  ended(options?: Deadline): Promise<End>;
}

export interface Deadline {
  readonly withinMs?: number;
  /** Leave out what was said before: counts lines, as `worker.lines.length` at some moment. */
  readonly after?: number;
}

export interface WorkerOptions {
  /** Added to this process's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** An output without a reader, so that it fills. */
  readonly unread?: 'stderr';
  /** Default: this Node, so that `args` begins with a file. */
  readonly command?: string;
}

/** Starts a process that the current test owns: it is killed when the test finishes, if it still runs. */
export function startWorker(args: readonly string[], options: WorkerOptions = {}): Worker {
  const child = spawn(options.command ?? process.execPath, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const end = new Promise<End>((resolve, reject) => {
    child.once('error', reject);
    // An output without a reader never ends.
    const last = options.unread === undefined ? 'close' : 'exit';
    child.once(last, (code, signal) => resolve({ code, signal }));
  });
  // A test that waits for nothing more must not fail on this error: `ended()` passes it on.
  end.catch(() => undefined);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      child.kill('SIGCONT');
    }
    await end.catch(() => undefined);
  });
  return listen(child, end, options.unread);
}

function listen(child: ChildProcess, end: Promise<End>, unread?: 'stderr'): Worker {
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    if (stream === null) throw new Error(`${name} is not a pipe`);
    if (name === unread) continue;
    createInterface({ input: stream }).on('line', (text) => {
      texts[name] += `${text}\n`;
      const line = parseLine(text);
      if (line !== undefined) lines.push(line);
      for (const look of waiting) look();
    });
  }
  const { pid, stdin } = child;
  if (pid === undefined || stdin === null) throw new Error('the process did not start');
  const saidSoFar = () => `stdout: ${texts.stdout}\nstderr: ${texts.stderr}`;
  const line: Worker['line'] = (matches, deadline = {}) =>
    new Promise((resolve, reject) => {
      const fail = (why: string) => {
        settle();
        reject(new Error(`no such line: ${why}\n${saidSoFar()}`));
      };
      const look = () => {
        const found = lines.slice(deadline.after ?? 0).find(matches);
        if (found === undefined) return;
        settle();
        resolve(found);
      };
      const withinMs = deadline.withinMs ?? HANG_MS;
      const timer = setTimeout(() => fail(`a deadline passed: ${withinMs} ms`), withinMs);
      const settle = () => {
        clearTimeout(timer);
        waiting.delete(look);
      };
      waiting.add(look);
      look();
      end.then(
        (how) => waiting.has(look) && fail(`it ended with ${JSON.stringify(how)}`),
        (error: unknown) => waiting.has(look) && fail(String(error)),
      );
    });
  return {
    pid,
    stdin,
    lines,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    line,
    event: (name, deadline) => line((candidate) => candidate.event === name, deadline),
    signal: (signal) => void child.kill(signal),
    ended: (deadline = {}) => before(deadline.withinMs ?? HANG_MS, end, saidSoFar),
  };
}

function parseLine(text: string): Line | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

async function before<T>(withinMs: number, result: Promise<T>, said: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = () =>
      reject(new Error(`a deadline passed: it still runs after ${withinMs} ms\n${said()}`));
    timer = setTimeout(fail, withinMs);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a process with this id exists and is not a zombie. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
