/**
 * File descriptor 2 for `tenure run`: lines go out in order, and a reader that stalls costs lines only.
 *
 * A write to a full pipe blocks the process, and a blocked leader neither renews nor hears a
 * signal. The descriptor cannot be made non-blocking either: the command shares it, and its own
 * writes would fail. So a shell with one loop writes the lines. Lines that it cannot take in time
 * are dropped and counted. Assumes a POSIX shell; without one, lines are written directly, and may
 * block.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { STDERR, writeRendered } from '../terminal/terminal.ts';

const SHELL = '/bin/sh';
/**
 * Signals that end a whole group must not end this shell: the last events come after them. The
 * shell ends with its input. It tries a failed write again while its parent is there. The command
 * may have made the pipe non-blocking, and then a full pipe is an error.
 */
const TELLER = `trap '' HUP INT QUIT TERM
while IFS= read -r line; do
  until printf '%s\\n' "$line" >&3; do kill -0 "$PPID" || exit; sleep 1; done
done`;

/** How many bytes wait here for a reader, beside what the kernel's buffers take. */
const WAITING_BYTES_MAX = 65_536;
/** How long the last lines may take when the program ends. */
const LAST_LINES_MS = 1_000;

export interface EventStream {
  /** Never blocks and never throws. A line that finds no room is dropped, and counted. */
  write(line: string): void;
  /** Resolves once the lines are written, or a second later. Write nothing after it. */
  close(): Promise<void>;
}

export interface EventStreamOptions {
  /** The line that tells how many were dropped, written once the reader is back. */
  readonly dropped: (count: number) => string;
}

export function openEventStream(options: EventStreamOptions): EventStream {
  return mayStall() && existsSync(SHELL) ? throughTeller(options) : directly();
}

/** Files and `/dev/null` take what they are given. */
function mayStall(): boolean {
  try {
    const about = fstatSync(STDERR);
    return !about.isFile() && (isatty(STDERR) || !about.isCharacterDevice());
  } catch {
    // The descriptor is closed.
    return false;
  }
}

function directly(): EventStream {
  return { write: writeRendered, close: async () => undefined };
}

function throughTeller({ dropped }: EventStreamOptions): EventStream {
  const teller = startTeller();
  const { stdin } = teller;
  if (stdin === null) throw new Error('the input of a process that writes events is not a pipe');
  let droppedLines = 0;
  const tellDropped = () => {
    if (droppedLines > 0) stdin.write(`${dropped(droppedLines)}\n`);
    droppedLines = 0;
  };
  stdin.on('drain', tellDropped);
  // The reader has closed its end, so no line can be written.
  stdin.on('error', () => undefined);
  return {
    write(line) {
      if (stdin.writableLength > WAITING_BYTES_MAX) droppedLines += 1;
      else if (stdin.writable) stdin.write(`${line}\n`);
    },
    async close() {
      if (stdin.writable) tellDropped();
      stdin.end();
      await endedWithin(teller, LAST_LINES_MS);
      teller.kill('SIGKILL');
    },
  };
}

function startTeller(): ChildProcess {
  const teller = spawn(SHELL, ['-c', TELLER], {
    stdio: ['pipe', 'ignore', 'ignore', STDERR],
    // Ctrl-C in a terminal reaches its whole group.
    detached: true,
  });
  teller.on('error', () => undefined);
  teller.unref();
  return teller;
}

function endedWithin(child: ChildProcess, ms: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
