/**
 * `tenure guard`: starts a program that leads through the library, and has its last will.
 *
 * Decides nothing of the will. It is the parent of the program, so the kernel tells it of the end; it
 * passes signals, streams and the exit code through, and ends once the wills are executed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { Command } from 'commander';
import { GUARD_VARIABLE, openGuardSocket, reportLine } from '../../guard/index.ts';
import { type EventStream, openEventStream } from '../command/event-stream.ts';
import { commandProblem } from '../command/find-command.ts';
import { EXIT, SIGNAL_EXIT_BASE } from '../terminal/exit-code.ts';

/** Those that mean something to a program, and that a program manager sends. */
const PASSED_ON = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

const HELP = `
Put it before a program that leads through the library: tenure guard -- node app.js. Should the program
die while the machine lives (out of memory, an uncaught exception, kill -9), the role that it led is
released at once instead of with its lease. The program finds the guard by ${GUARD_VARIABLE} in its environment;
nothing in its code changes. It holds no credentials: the program hands it requests that are signed.

Signals are passed on, the standard streams pass through, and it exits as the program does.

Examples:
  tenure guard -- node app.js
  ENTRYPOINT ["npx", "tenure", "guard", "--", "node", "app.js"]`;

export function guardVerb(): Command {
  return new Command('guard')
    .description('run a program that leads, and release its role when it dies')
    .argument('<command...>', 'the program and its arguments, after --')
    .addHelpText('after', HELP)
    .action(async (command: string[]) => {
      const lines = openEventStream({ dropped: (count) => `tenure: ${count} lines were dropped` });
      process.exitCode = await guard(command, lines);
      await lines.close();
    });
}

async function guard([command = '', ...args]: string[], lines: EventStream): Promise<number> {
  const complain = (message: string) => lines.write(`tenure: ${message}`);
  const problem = commandProblem(command);
  if (problem !== undefined) {
    complain(problem.message);
    return problem.exitCode;
  }
  let child: ChildProcess | undefined;
  const socket = await openGuardSocket({
    childPid: () => child?.pid,
    report: (report) => complain(reportLine(report)),
    complain,
  });
  try {
    const env = { ...process.env, [GUARD_VARIABLE]: socket.address };
    child = spawn(command, args, { stdio: 'inherit', env });
    passSignalsOn(child);
    const code = await ended(child);
    if (child.pid !== undefined) socket.childEnded(child.pid);
    await socket.finished();
    return code;
  } catch (error) {
    complain(`cannot run ${JSON.stringify(command)}: ${(error as NodeJS.ErrnoException).code}`);
    return EXIT.notExecutable;
  } finally {
    socket.close();
  }
}

function passSignalsOn(child: ChildProcess): void {
  // The terminal sends Ctrl-C to the program as well: it is in the same group.
  const interactive = isatty(process.stdin.fd);
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
