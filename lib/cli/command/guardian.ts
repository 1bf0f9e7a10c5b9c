/**
 * The guardian: a small process beside a command, there only while this process leads. It ends the
 * command in time even when `tenure` cannot: when `tenure` was killed, is frozen, or runs late.
 *
 * Decides nothing about the term. It is told when the command must stop and when the command must
 * be dead. It does both unless it is told of a renewal first. It is in a session of its own, so
 * that a signal to the terminal or the parent's group does not end it. It ignores the signals that
 * mean "stop" elsewhere.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { awaitGone, createWillExecutor, reportLine, type WillReport } from '../../guard/index.ts';
import { type Descendants, endDescendants, signalGroup } from './end-descendants.ts';
import { willLine } from './event-lines.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { type GuardianOrder, type GuardianReport, MARKER_VARIABLE } from './guardian-orders.ts';
import { LOOK_INTERVAL_MS_MAX } from './kill-timer.ts';
import {
  after,
  type MachineInstant,
  msUntil,
  readMachineClocks,
  type TermDeadlines,
} from './term-deadlines.ts';

type RunOrder = Extract<GuardianOrder, { kind: 'run' }>;

let deadlines: TermDeadlines | undefined;
/** From an order to terminate: it counts only where it is earlier than the term's own deadline. */
let drainedBy: MachineInstant | undefined;
let command: Descendants | undefined;
let terminated = false;
let byDeadline = false;
let timer: NodeJS.Timeout | undefined;
let parent: number | undefined;
let willEvents: EventStream | undefined;
let tellWill: (report: WillReport) => string = reportLine;
/** The command acts for the term as long as anything of it runs. */
const executor = createWillExecutor({
  workGone: false,
  report(report) {
    willEvents ??= openEventStream({ dropped: (count) => `${count} lines were dropped` });
    willEvents.write(tellWill(report));
  },
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
  process.on(signal, () => {
    // The signal is not for the guardian: its parent decides, and the end of the parent is an order
    // too.
  });
}
process.on('message', (order: GuardianOrder) => obey(order));
process.on('disconnect', () => void succeedParent());
process.on('uncaughtException', () => void endCommand().then(() => process.exit(0)));

function obey(order: GuardianOrder): void {
  switch (order.kind) {
    case 'run':
      return run(order);
    case 'extend':
      deadlines = order.deadlines;
      return look();
    case 'terminate':
      drainedBy = after(readMachineClocks(), order.killInMs);
      terminate();
      return look();
    case 'told':
      return executor.told(order.will);
    case 'withdrawn':
      return executor.withdrawn(order);
  }
}

function run(order: RunOrder): void {
  deadlines = order.deadlines;
  parent = order.parent;
  tellWill = order.json ? willLine : (report) => `tenure: ${reportLine(report)}`;
  // Starting took too long: the term would be over before the command could be told.
  if (msUntil(deadlines.stopAt) <= 0) {
    byDeadline = true;
    return finish({ code: null, signal: null });
  }
  try {
    const child = start(order);
    child.once('error', notStarted);
    // Noted at once: the parent may be gone before the event.
    if (child.pid !== undefined) command = { pid: child.pid, marker: order.marker };
    child.once('spawn', () => started(child));
  } catch (error) {
    // Some errors of starting are thrown (ETXTBSY, E2BIG, EAGAIN), others emitted (ENOENT, EACCES).
    notStarted(error as NodeJS.ErrnoException);
  }
}

function start(order: RunOrder): ChildProcess {
  return spawn(order.command, order.args, {
    stdio: 'inherit',
    detached: true,
    env: { ...process.env, [MARKER_VARIABLE]: order.marker },
  });
}

function notStarted(error: NodeJS.ErrnoException): void {
  if (command?.pid === undefined)
    report({ kind: 'not-started', code: error.code ?? error.message });
}

function started(child: ChildProcess): void {
  const descendants = command;
  const pid = descendants?.pid;
  if (pid === undefined || descendants === undefined) {
    throw new Error('a process that started has no id');
  }
  child.once('exit', (code, signal) => {
    // What the command leaves behind would go on acting for a term that is about to be released.
    void endDescendants(descendants).then((gone) =>
      gone ? finish({ code, signal }) : report({ kind: 'survived' }),
    );
  });
  report({ kind: 'started', pid });
  // The order to terminate may have come while it started.
  if (drainedBy !== undefined) terminate();
  look();
}

/** Does what is due, and sets the timer for what is next. */
function look(): void {
  clearTimeout(timer);
  if (deadlines === undefined || command === undefined) return;
  const killInMs = Math.min(
    msUntil(deadlines.killAt),
    drainedBy === undefined ? Number.POSITIVE_INFINITY : msUntil(drainedBy),
  );
  if (killInMs <= 0) {
    byDeadline ||= msUntil(deadlines.killAt) <= 0;
    signalGroup(command, 'SIGKILL');
    void endDescendants(command);
    return;
  }
  const stopInMs = msUntil(deadlines.stopAt);
  if (stopInMs <= 0 && !terminated) {
    byDeadline = true;
    terminate();
  }
  const nextMs = terminated ? killInMs : Math.min(stopInMs, killInMs);
  timer = setTimeout(look, Math.min(Math.max(0, nextMs), LOOK_INTERVAL_MS_MAX));
}

function terminate(): void {
  if (terminated || command === undefined) return;
  terminated = true;
  signalGroup(command, 'SIGTERM');
}

/**
 * The channel is at its end: the parent cannot renew any more, so the command ends. The will is due
 * only once all of the command is gone, and the parent too: a channel may end for other reasons.
 */
async function succeedParent(): Promise<void> {
  executor.saw({ channelEnded: true });
  if (!(await endCommand())) process.exit(0);
  executor.saw({ workGone: true });
  if (!(await awaitGone(() => process.ppid !== parent, executor))) process.exit(0);
  executor.saw({ processGone: true });
  await executor.finished;
  await willEvents?.close();
  process.exit(0);
}

/** Resolves with whether nothing of the command is left. */
async function endCommand(): Promise<boolean> {
  clearTimeout(timer);
  if (command === undefined) return true;
  signalGroup(command, 'SIGKILL');
  return endDescendants(command);
}

function finish(end: { code: number | null; signal: NodeJS.Signals | null }): void {
  report({ kind: 'ended', ...end, byDeadline });
}

/**
 * The guardian waits until the parent has a last report. After that nothing keeps this process
 * alive.
 */
function report(what: GuardianReport): void {
  // No parent is there to be told. The guardian does the rest in the parent's place.
  if (!process.connected) return;
  const last = what.kind !== 'started';
  if (last) clearTimeout(timer);
  process.send?.(what, () => {
    if (last) process.exit(0);
  });
}
