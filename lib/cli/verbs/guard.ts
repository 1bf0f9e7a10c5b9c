/**
 * `tenure guard`: starts a program that leads through the library, and has its last will.
 *
 * Decides what the verb accepts. `lib/guard` does the guarding, as for any program.
 */
import { Command } from 'commander';
import { GUARD_VARIABLE, guardProgram } from '../../guard/index.ts';
import { type EventStream, openEventStream } from '../command/event-stream.ts';
import { commandProblem } from '../command/find-command.ts';
import { EXIT } from '../terminal/exit-code.ts';

const HELP = `
Put it before a program that leads through the library: tenure guard -- node app.js. Should the program
die while the machine lives (out of memory, an uncaught exception, kill -9), the role that it led is
released at once instead of with its lease. The program finds the guard by ${GUARD_VARIABLE} in its environment;
nothing in its code changes. It holds no credentials: the program hands it requests that are signed.

Signals are passed on, the standard streams pass through, and it exits as the program does.

Examples:
  tenure guard -- node app.js
  ENTRYPOINT ["node_modules/.bin/tenure", "guard", "--"] and CMD ["node", "app.js"] in a Dockerfile`;

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
  const say = (line: string) => lines.write(`tenure: ${line}`);
  const problem = commandProblem(command);
  if (problem !== undefined) {
    say(problem.message);
    return problem.exitCode;
  }
  try {
    return await guardProgram({ command, args, say });
  } catch (error) {
    say(`cannot run ${JSON.stringify(command)}: ${(error as NodeJS.ErrnoException).code}`);
    return EXIT.notExecutable;
  }
}
