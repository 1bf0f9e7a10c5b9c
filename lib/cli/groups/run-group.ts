/**
 * `tenure run --partitions`: from a group to an exit code. It joins, and runs a guarded command for
 * each partition that this process leads.
 *
 * Decides what the end of one command means to the others: nothing. The library decides who leads
 * what. The guardian ends a command in time.
 */
import { InvalidArgumentError } from 'commander';
import {
  createGroup,
  type Group,
  groupTimingsFromEnvironment,
  type JournalEvent,
  type PartitionTerm,
  timingsWithDefaults,
} from '../../index.ts';
import { commandProblem } from '../command/find-command.ts';
import type { CommandEnd } from '../command/guarded-command.ts';
import { createLeadingCommand, type LeadingCommand } from '../command/leading-command.ts';
import {
  fail,
  JOIN_ALLOWANCE_MS,
  type RunRequest,
  refuseWindows,
} from '../command/run-while-leading.ts';
import { timingsOf } from '../election/store-options.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { listenForStop } from '../terminal/stop-signals.ts';
import { createTable } from './groups-verb.ts';
import { headOf, mechanismOfGroup, operatorOf } from './one-group.ts';
import { streamsOf } from './prefixed-output.ts';

export interface GroupRunRequest extends RunRequest {
  readonly partitions: number;
}

/** Resolves with the exit code. @throws a TenureError for what cannot be used or reached. */
export async function runGroup(request: GroupRunRequest): Promise<number> {
  const { events, election: name, options } = request;
  const [command = '', ...args] = request.command;
  refuseWindows();
  const problem = commandProblem(command);
  if (problem !== undefined) return fail(request, problem);
  const { stop } = listenForStop();
  let failure: Error | undefined;
  const giveUp = (error: Error) => {
    failure = error;
    events.failed({ election: name, error });
    stop.abort(error);
  };
  const { drainMs } = timingsWithDefaults(timingsOf(options));
  const running = new Map<number, LeadingCommand>();
  let isLost = false;
  const group = groupOf(request, drainMs, (event) => {
    // The heartbeat goes to the guardians first: they wait for it, a reader of events does not.
    if (event.event === 'heartbeat') extendAll(group, running);
    isLost ||= event.event === 'gone' && !stop.signal.aborted;
    events.record(event);
    if (isLost && options.once) stop.abort(new Error('the lease of this member has ended'));
  });
  await prepareGroup(request, stop.signal);
  const work = async (term: PartitionTerm) => {
    const { partition } = term;
    const streams = streamsOf(partition, request.partitions);
    const env = { TENURE_PARTITION: String(partition) };
    const json = options.json === true;
    const leading = createLeadingCommand({ command, args, drainMs, json, giveUp, streams, env });
    running.set(partition, leading);
    try {
      refuseEnd(term, command, await leading.workFor(group.timings)(term));
    } finally {
      running.delete(partition);
    }
  };
  await group.leadWhile(work, { signal: stop.signal });
  if (isLost && options.once) return EXIT.lost;
  return failure === undefined ? EXIT.done : EXIT.failed;
}

function groupOf(
  { election: name, partitions, options }: GroupRunRequest,
  drainMs: number,
  record: (event: JournalEvent) => void,
): Group {
  const given = timingsOf(options);
  const { leaseDurationMs, renewIntervalMs, marginMs, lossGraceMs, writeTimeoutMs } = given;
  return createGroup({
    name,
    partitions,
    via: mechanismOfGroup(options),
    timings: {
      ...{ leaseDurationMs, renewIntervalMs, marginMs, lossGraceMs, writeTimeoutMs },
      drainMs: drainMs + JOIN_ALLOWANCE_MS,
      spareMs: options.spare ?? groupTimingsFromEnvironment().spareMs,
    },
    capacity: options.capacity,
    memberPrefix: options.candidate,
    journal: { record },
  });
}

/** One heartbeat holds every term. */
function extendAll(group: Group, running: ReadonlyMap<number, LeadingCommand>): void {
  for (const [partition, { token }] of group.leading()) running.get(partition)?.renewed(token);
}

async function prepareGroup(request: GroupRunRequest, stop: AbortSignal): Promise<void> {
  const { election: name, options, partitions } = request;
  if (options.createTable) await createTable(options);
  const head = await headOf(name, options, stop);
  if (head === undefined && options.createGroup && !stop.aborted) {
    await operatorOf(name, options).create({ partitions });
  }
}

/**
 * A command ended by itself, without having been told to: another member may have more success with
 * it. How a command ends that was told to is no failure, nor that it had not been started yet.
 * @throws an error that says how it ended, which gives the partition up.
 */
function refuseEnd({ signal, partition }: PartitionTerm, command: string, end: CommandEnd): void {
  if (signal.aborted) return;
  const about = `the command of partition ${partition}`;
  switch (end.kind) {
    case 'ended':
      throw new Error(
        end.signal === null
          ? `${about} ended with exit code ${end.code}`
          : `${about} was ended by ${end.signal}`,
      );
    case 'not-started':
      throw new Error(`cannot run ${JSON.stringify(command)}: ${end.code}`);
    case 'unguarded':
      throw new Error(`${about} was ended, since its guardian was ended from outside`);
    case 'survived':
      return;
  }
}

export function parseCapacity(text: string): number {
  const capacity = Number(text);
  if (text.trim() !== '' && Number.isFinite(capacity) && capacity > 0) return capacity;
  throw new InvalidArgumentError('Give a number above 0.');
}
