/**
 * A child process that cannot outlive its parent, not even one that is killed with SIGKILL.
 *
 * Decides how the child is tied to the parent: a shell keeps the parent's end of a pipe as its standard
 * input, and when that pipe closes without a word, it ends the child. The operating system closes the
 * pipe whatever the parent died of. Assumes a POSIX shell (Linux, macOS, WSL).
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** A watcher beside the child runs `"$1"` when the parent is gone; the child itself is `$$`. */
const TETHER = `
ending=$1; shift
exec 3<&0
{ read -r word <&3 || eval "$ending"; } >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null
`;

/** SIGKILL takes milliseconds, `docker kill` up to a second or two. */
const STOP_TIMEOUT_MS = 10_000;

export interface TetheredChild {
  readonly process: ChildProcess;
  /** Settles when the child has ended, with a phrase that says how. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends the child and waits until it is gone. Calling it again is harmless. */
  stop(): Promise<void>;
}

export interface TetheredCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Shell text that ends what was started; default: SIGKILL to the child itself. */
  readonly ending?: string | undefined;
}

/** Starts the command. Its standard output and error are pipes of `process`. */
export function startTethered(what: TetheredCommand): TetheredChild {
  const ending = what.ending ?? 'kill -9 $$';
  const child = spawn('/bin/sh', ['-c', TETHER, 'sh', ending, what.command, ...what.args], {
    cwd: what.cwd,
    env: what.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      // A word tells the watcher that the child is gone: another process may have its id by now.
      child.stdin?.end('ended\n');
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
  });
  child.stdin?.on('error', () => {
    // The watcher is gone, so the word has no reader.
  });
  return { process: child, ended, stop: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    // Closing the pipe without a word is the order to end it: one way out, used every day.
    child.stdin?.end();
  }
  // If somebody has ended the watcher, this process still ends the child.
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(insist);
}
