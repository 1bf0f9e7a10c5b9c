/**
 * A program below a guard: started, given the guard's address, and followed to its end.
 *
 * Decides nothing of the will. The guard is the parent of the program, so the kernel tells it of
 * the program's end. Signals, streams and the exit code pass through. The guard ends once the wills
 * are executed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { GUARD_VARIABLE } from '../core/will/will.ts';
import { makeWayForInit } from './first-process.ts';
import { openGuardSocket } from './guard-socket.ts';
import { identityOf, type ProcessIdentity } from './process-identity.ts';
import { reportLine } from './report-line.ts';

/** The signals that mean something to a program, and that a program manager sends. */
const PASSED_ON = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const STDIN = 0;
/** What a shell adds to the number of the signal that ended a program. */
const SIGNAL_EXIT_BASE = 128;

export interface GuardedProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** Takes one line, without its end: what became of a will, and what is wrong. */
  readonly say: (line: string) => void;
}

/**
 * Resolves with the exit code of the program, or 128 and the number of the signal that ended it, once
 * its wills are executed or given up.
 * @throws what keeps it from being started, with its `code`.
 */
export async function guardProgram({ command, args, say }: GuardedProgram): Promise<number> {
  makeWayForInit();
  let child: ProcessIdentity | undefined;
  const socket = await openGuardSocket({
    child: () => child,
    report: (report) => say(reportLine(report)),
    complain: say,
  });
  try {
    const env = { ...process.env, [GUARD_VARIABLE]: socket.address };
    const started = spawn(command, args, { stdio: 'inherit', env });
    if (started.pid !== undefined) child = identityOf(started.pid);
    passSignalsOn(started);
    const code = await ended(started);
    socket.childEnded();
    await socket.finished();
    return code;
  } finally {
    socket.close();
  }
}

function passSignalsOn(child: ChildProcess): void {
  // The terminal sends Ctrl-C to the program as well: it is in the same group.
  const interactive = isatty(STDIN);
  for (const signal of PASSED_ON) {
    const byTerminal = interactive && (signal === 'SIGINT' || signal === 'SIGQUIT');
    process.on(signal, () => void (byTerminal || child.kill(signal)));
  }
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      resolve(code ?? SIGNAL_EXIT_BASE + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}
