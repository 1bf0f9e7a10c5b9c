/**
 * From an election to an exit code: campaigns, leads with the command, and campaigns again after
 * each loss.
 *
 * Decides what each end means to a shell. The library elects, as for any user of it. The guardian
 * ends the command in time.
 */
import { constants } from 'node:os';
import { createLeaseTable, dynamoDbLease } from '../../dynamodb/index.ts';
import {
  createElection,
  type Election,
  type ElectionOptions,
  InvalidOptionsError,
  isTenureError,
  type Journal,
  type Mechanism,
  timingsWithDefaults,
  type Work,
} from '../../index.ts';
import {
  clientConfigOf,
  clientOf,
  type StoreOptions,
  type TimingOptions,
  timingsOf,
} from '../election/store-options.ts';
import { EXIT, SIGNAL_EXIT_BASE } from '../terminal/exit-code.ts';
import { listenForStop } from '../terminal/stop-signals.ts';
import type { EventTeller } from './event-lines.ts';
import { type CommandProblem, commandProblem } from './find-command.ts';
import type { CommandEnd } from './guarded-command.ts';
import { leadAtOnce } from './lead-at-once.ts';
import { createLeadingCommand } from './leading-command.ts';
import { checkQueue } from './queue-check.ts';
import { checkStore } from './store-check.ts';

/** The library's drain outlives the command's by this, so that a command killed late is still joined. */
export const JOIN_ALLOWANCE_MS = 1_000;

export interface RunOptions extends StoreOptions, TimingOptions {
  readonly candidate?: string;
  readonly createTable?: boolean;
  readonly queue?: string;
  readonly once?: boolean;
  /** `false` with `--no-wait`. */
  readonly wait?: boolean;
  readonly json?: boolean;
  /** Of a group: how many it has. */
  readonly partitions?: number;
  readonly createGroup?: boolean;
  readonly capacity?: number;
  readonly spare?: number;
  /** `false` with `--no-will`. */
  readonly will?: boolean;
}

export interface RunRequest {
  readonly election: string;
  /** The command and its arguments. */
  readonly command: readonly string[];
  readonly options: RunOptions;
  readonly events: EventTeller;
}

/** Resolves with the exit code. @throws a TenureError for what cannot be used or reached. */
export async function runWhileLeading(request: RunRequest): Promise<number> {
  const { options, events } = request;
  const [command = '', ...args] = request.command;
  refuseWindows();
  const problem = commandProblem(command);
  if (problem !== undefined) return fail(request, problem);
  const { drainMs } = timingsWithDefaults(timingsOf(options));
  const wishes = listenForStop();
  const stop = wishes.stop.signal;
  const stopNow = wishes.stopNow.signal;
  let failure: Error | undefined;
  const giveUp = (error: Error) => {
    failure = error;
    events.failed({ election: request.election, error });
    wishes.stop.abort(error);
    wishes.stopNow.abort(error);
  };
  const json = options.json === true;
  const leading = createLeadingCommand({ command, args, drainMs, json, giveUp });
  const via = await mechanismOf(options);
  const lastWill = options.will === false ? 'none' : leading.guardian;
  const election = electionOf(
    request,
    { via, drainMs, lastWill },
    {
      record(event) {
        // The renewal goes to the guardian first: the guardian waits for it, a reader of events
        // does not.
        if (event.event === 'renewed') leading.renewed(event.token);
        events.record(event);
      },
    },
  );
  if (via.kind === 'lease') await prepareStore(request, stop);
  else await checkQueue({ via, election: request.election, timings: election.timings, stop });
  const work = leading.workFor(election.timings);
  while (!stop.aborted) {
    const once = options.once === true || options.wait === false;
    const end =
      options.wait === false
        ? await leadAtOnce(election, work, stop)
        : await leadOnceOrWhile(election, work, { once, stop, stopNow });
    if (stop.aborted) break;
    if (end === 'not-elected') return EXIT.notLeading;
    if (end === 'lost') return EXIT.lost;
    if (end.kind === 'ended') return exitCodeOfEnd(end);
    if (end.kind === 'not-started') return failToStart(request, command, end.code);
    reportUnguarded(request);
    if (once) return EXIT.failed;
  }
  return failure === undefined ? EXIT.done : EXIT.failed;
}

/** @throws InvalidOptionsError where a command could not be ended with all that it started. */
export function refuseWindows(): void {
  if (process.platform !== 'win32') return;
  throw new InvalidOptionsError([
    'tenure run does not work on win32, where a command cannot be ended with all that it started; ' +
      'run it on Linux, macOS or WSL, or lead through the library',
  ]);
}

export function fail({ election, events }: RunRequest, problem: CommandProblem): number {
  events.failed({ election, error: new InvalidOptionsError([problem.message]) });
  return problem.exitCode;
}

function failToStart(request: RunRequest, command: string, code: string): number {
  const exitCode = code === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable;
  return fail(request, { exitCode, message: `cannot run ${JSON.stringify(command)}: ${code}` });
}

/** The table of these options, or their queue. */
export async function mechanismOf(
  options: StoreOptions & Pick<RunOptions, 'queue'>,
): Promise<Mechanism> {
  const { queue: queueUrl, table: tableName, attributeNames, region } = options;
  if (queueUrl === undefined) {
    return dynamoDbLease({ tableName, attributeNames, clientConfig: clientConfigOf(options) });
  }
  // Its client is an optional peer: only users of a queue have it.
  const { sqsBaton } = await import('../../sqs/index.ts');
  return sqsBaton({ queueUrl, clientConfig: { ...(region && { region }) } });
}

function electionOf(
  { election, options }: RunRequest,
  { via, drainMs, lastWill }: Pick<ElectionOptions, 'via' | 'lastWill'> & { drainMs: number },
  journal: Journal,
) {
  return createElection({
    name: election,
    via,
    timings: { ...timingsOf(options), drainMs: drainMs + JOIN_ALLOWANCE_MS },
    candidatePrefix: options.candidate,
    // A queue has no rows to register in.
    registration: via.kind === 'lease' ? {} : undefined,
    lastWill,
    journal,
  });
}

export async function prepareStore(
  { election, options }: RunRequest,
  stop: AbortSignal,
): Promise<void> {
  const client = clientOf(options);
  try {
    if (options.createTable) {
      await createLeaseTable(client, options.table, options.attributeNames);
    }
    await checkStore({ client, election, stop, ...options });
  } finally {
    client.destroy();
  }
}

async function leadOnceOrWhile(
  election: Election,
  work: Work<CommandEnd>,
  { once, stop, stopNow }: { once: boolean; stop: AbortSignal; stopNow: AbortSignal },
): Promise<CommandEnd | 'lost'> {
  try {
    const lead = once ? election.lead : election.leadWhile;
    return (await lead(work, { signal: stop, stopNow })) ?? 'lost';
  } catch (error) {
    if (stop.aborted && error === stop.reason) return 'lost';
    if (once && isTenureError(error, 'LEADERSHIP_LOST')) return 'lost';
    throw error;
  }
}

function exitCodeOfEnd({ code, signal }: Extract<CommandEnd, { kind: 'ended' }>): number {
  if (code !== null) return code;
  return SIGNAL_EXIT_BASE + (signal === null ? 0 : constants.signals[signal]);
}

function reportUnguarded({ election, events }: RunRequest): void {
  const error = new Error('the guardian was ended from outside, so the command was ended too');
  events.failed({ election, error });
}
