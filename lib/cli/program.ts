/**
 * The `tenure` program: its verbs, and what is the same for all of them.
 */
import { Command, CommanderError } from 'commander';
import { InvalidOptionsError, isTenureError } from '../index.ts';
import { groupsVerb } from './groups/groups-verb.ts';
import { membersVerb, partitionsVerb } from './groups/look-verbs.ts';
import { moveVerb, rebalanceVerb } from './groups/plan-verbs.ts';
import { EXIT, exitCodeOf } from './terminal/exit-code.ts';
import { messageOf, writeError, writeStderr } from './terminal/terminal.ts';
import { inUserTerms } from './terminal/user-terms.ts';
import { candidatesVerb } from './verbs/candidates.ts';
import { completionVerb } from './verbs/completion.ts';
import { dashboardVerb } from './verbs/dashboard.ts';
import { deposeVerb } from './verbs/depose.ts';
import { doctorVerb } from './verbs/doctor.ts';
import { electionsVerb } from './verbs/elections.ts';
import { guardVerb } from './verbs/guard.ts';
import { historyVerb } from './verbs/history.ts';
import { initVerb } from './verbs/init.ts';
import { localVerb } from './verbs/local.ts';
import { planVerb } from './verbs/plan.ts';
import { policyVerb } from './verbs/policy.ts';
import { reseedVerb } from './verbs/reseed.ts';
import { resignVerb } from './verbs/resign.ts';
import { runVerb } from './verbs/run.ts';
import { serveVerb } from './verbs/serve.ts';
import { statusVerb } from './verbs/status.ts';
import { transferVerb } from './verbs/transfer.ts';
import { watchVerb } from './verbs/watch.ts';
import { packageVersion } from './version.ts';

/** In the order of the help: leading, looking, acting on an election, and the rest. */
const VERBS = [
  runVerb,
  guardVerb,
  serveVerb,
  statusVerb,
  electionsVerb,
  watchVerb,
  dashboardVerb,
  historyVerb,
  candidatesVerb,
  resignVerb,
  transferVerb,
  deposeVerb,
  reseedVerb,
  groupsVerb,
  partitionsVerb,
  membersVerb,
  moveVerb,
  rebalanceVerb,
  doctorVerb,
  initVerb,
  localVerb,
  planVerb,
  policyVerb,
  completionVerb,
];

export function createProgram({ json = false }: { readonly json?: boolean } = {}): Command {
  const program = new Command('tenure')
    .description('Elect one leader on DynamoDB, and run things only while leading.')
    .version(packageVersion());
  for (const verb of VERBS) program.addCommand(verb());
  // A verb prints and returns like any function. Only here does an error become an exit code.
  const verbs = program.commands.flatMap((verb) => [verb, ...verb.commands]);
  for (const command of [program, ...verbs]) {
    // With `--json` the error is written once, as an object.
    command.configureOutput(json ? { writeErr() {} } : { outputError: writeComplaint });
    command.exitOverride().showHelpAfterError(json ? false : '(add --help for what is allowed)');
  }
  return program;
}

/**
 * For a program that reads this one. The code is the error's own, where the error is of this
 * package.
 */
function writeErrorObject(error: unknown): void {
  const code = isTenureError(error) ? error.code : undefined;
  writeStderr(JSON.stringify({ error: { code, message: messageOf(error) } }));
}

/** What follows `--` belongs to the command. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? undefined : end).includes('--json');
}

function complaintOf(cause: CommanderError): InvalidOptionsError {
  return new InvalidOptionsError([cause.message.replace(/^error: /, '')], { cause });
}

/**
 * A complaint of the parser repeats what was typed, and a script may have got that from anywhere.
 */
function writeComplaint(text: string): void {
  for (const line of text.trimEnd().split('\n')) writeStderr(line);
}

/** Runs a command line. Never throws: an error becomes a line and an exit code. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const json = wantsJson(argv);
  try {
    await createProgram({ json }).parseAsync([...argv]);
  } catch (cause) {
    if (cause instanceof CommanderError) {
      process.exitCode = cause.exitCode === 0 ? EXIT.done : EXIT.usage;
      // The parser has printed its help already, or its complaint.
      if (json && cause.exitCode !== 0) writeErrorObject(complaintOf(cause));
      return;
    }
    const error = inUserTerms(cause);
    if (json) writeErrorObject(error);
    else writeError(error);
    process.exitCode = exitCodeOf(error);
  }
}
