/**
 * From an election to an exit code: campaigns, leads with the command, and again after each loss.
 *
 * Decides what each end means to a shell. Electing is the library's, as for any user of it; ending the
 * command in time is the guardian's.
 */
import { constants } from 'node:os';
import { createLeaseTable, dynamoDbLease } from '../../dynamodb/index.ts';
import {
  createElection,
  type Election,
  isTenureError,
  type Journal,
  type Mechanism,
  type Work,
} from '../../index.ts';
import { clientConfigOf, clientOf, timingsOf } from '../election/options.ts';
import { EXIT, SIGNAL_EXIT_BASE } from '../terminal/exit-code.ts';
import { writeStderr } from '../terminal/terminal.ts';
import type { RunOptions } from '../verbs/run.ts';
import { eventWriter, failureLine } from './event-lines.ts';
import { requireCommand } from './find-command.ts';
import type { CommandEnd } from './guarded-command.ts';
import { createLeadingCommand } from './leading-command.ts';
import { checkQueue } from './queue-check.ts';
import { checkStore } from './store-check.ts';

/** The library's drain outlives the command's by this, so that a command killed late is still joined. */
const JOIN_ALLOWANCE_MS = 1_000;
const DRAIN_MS = 5_000;

export interface RunRequest {
  readonly election: string;
  /** The command and its arguments. */
  readonly command: readonly string[];
  readonly options: RunOptions;
}

/** Resolves with the exit code. @throws a TenureError for what cannot be used or reached. */
export async function runWhileLeading(request: RunRequest): Promise<number> {
  const { options } = request;
  const [command = '', ...args] = request.command;
  requireCommand(command);
  const drainMs = options.drain ?? DRAIN_MS;
  const leading = createLeadingCommand({ command, args, drainMs });
  const events = eventWriter({ json: options.json === true });
  const via = await mechanismOf(options);
  const election = electionOf(
    request,
    { via, drainMs },
    {
      record(event) {
        // First: the guardian waits for this, a reader of events does not.
        if (event.event === 'renewed') leading.renewed(event.token);
        events.record(event);
      },
    },
  );
  const stop = stopOnSignals();
  if (via.kind === 'lease') await prepareStore(request, stop);
  else await checkQueue({ via, election: request.election, timings: election.timings, stop });
  const work = leading.workFor(election.timings);
  while (!stop.aborted) {
    const end = await leadOnceOrWhile(election, work, { once: options.once === true, stop });
    if (stop.aborted) break;
    if (end === 'lost') return EXIT.lost;
    if (end.kind !== 'unguarded') return exitCodeOfEnd(end, command);
    reportUnguarded(request);
    if (options.once) return EXIT.failed;
  }
  return EXIT.done;
}

async function mechanismOf(options: RunOptions): Promise<Mechanism> {
  const { queue: queueUrl, table: tableName, region } = options;
  if (queueUrl === undefined) {
    return dynamoDbLease({ tableName, clientConfig: clientConfigOf(options) });
  }
  // Its client is an optional peer: only who elects over a queue has it.
  const { sqsBaton } = await import('../../sqs/index.ts');
  return sqsBaton({ queueUrl, clientConfig: { ...(region && { region }) } });
}

function electionOf(
  { election, options }: RunRequest,
  { via, drainMs }: { via: Mechanism; drainMs: number },
  journal: Journal,
) {
  return createElection({
    name: election,
    via,
    timings: { ...timingsOf(options), drainMs: drainMs + JOIN_ALLOWANCE_MS },
    candidatePrefix: options.candidate,
    // A queue has no rows to register in.
    registration: via.kind === 'lease' ? {} : undefined,
    journal,
  });
}

/** Aborts at the first signal that asks this program to stop. A second one changes nothing. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  }
  return stop.signal;
}

async function prepareStore({ election, options }: RunRequest, stop: AbortSignal): Promise<void> {
  const client = clientOf(options);
  try {
    if (options.createTable) await createLeaseTable(client, options.table);
    await checkStore({ client, election, stop, ...options });
  } finally {
    client.destroy();
  }
}

async function leadOnceOrWhile(
  election: Election,
  work: Work<CommandEnd>,
  { once, stop }: { once: boolean; stop: AbortSignal },
): Promise<CommandEnd | 'lost'> {
  try {
    const lead = once ? election.lead : election.leadWhile;
    return (await lead(work, { signal: stop })) ?? 'lost';
  } catch (error) {
    if (stop.aborted && error === stop.reason) return 'lost';
    if (once && isTenureError(error, 'LEADERSHIP_LOST')) return 'lost';
    throw error;
  }
}

function exitCodeOfEnd(end: Exclude<CommandEnd, { kind: 'unguarded' }>, command: string): number {
  switch (end.kind) {
    case 'not-started':
      writeStderr(`tenure: cannot run ${JSON.stringify(command)}: ${end.code}`);
      return end.code === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable;
    case 'ended':
      if (end.code !== null) return end.code;
      return SIGNAL_EXIT_BASE + (end.signal === null ? 0 : constants.signals[end.signal]);
  }
}

function reportUnguarded({ election, options }: RunRequest): void {
  const error = new Error('the guardian was ended from outside, so the command was ended too');
  const line = failureLine({ election, error });
  writeStderr(options.json ? JSON.stringify(line) : `tenure: ${error.message}; campaigning again`);
}
