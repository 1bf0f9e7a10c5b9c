/**
 * The guardian: a small process beside a command, there only while leading, that ends the command in
 * time even when `tenure` cannot: when that was killed, is frozen, or runs late.
 *
 * Decides nothing about the term. It is told when the command must stop and when it must be dead, and
 * does both unless it is told of a renewal first. It is in a session of its own, so that what ends the
 * terminal or the parent's group does not end it, and ignores the signals that mean "stop" elsewhere.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { type Descendants, endDescendants, signalGroup } from './end-descendants.ts';
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
/** From an order to terminate: earlier than the term's own deadline, or without effect. */
let drainedBy: MachineInstant | undefined;
let command: Descendants | undefined;
let terminated = false;
let byDeadline = false;
let timer: NodeJS.Timeout | undefined;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
  process.on(signal, () => {
    // Not for the guardian: its parent decides, and its absence is an answer too.
  });
}
process.on('message', (order: GuardianOrder) => obey(order));
process.on('disconnect', () => endNow());
process.on('uncaughtException', () => endNow());

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
  }
}

function run(order: RunOrder): void {
  deadlines = order.deadlines;
  // Starting took too long: the term would be over before the command could be told.
  if (msUntil(deadlines.stopAt) <= 0) {
    byDeadline = true;
    return finish({ code: null, signal: null });
  }
  try {
    const child = start(order);
    child.once('error', notStarted);
    child.once('spawn', () => started(child, order.marker));
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
  if (command === undefined) report({ kind: 'not-started', code: error.code ?? error.message });
}

function started(child: ChildProcess, marker: string): void {
  const { pid } = child;
  if (pid === undefined) throw new Error('a process that started has no id');
  const descendants = { pid, marker };
  command = descendants;
  child.once('exit', (code, signal) => {
    // What it leaves behind would go on acting for a term that is about to be released.
    void endDescendants(descendants).then((gone) =>
      gone ? finish({ code, signal }) : report({ kind: 'survived' }),
    );
  });
  report({ kind: 'started', pid });
  // The order to terminate may have come while it started.
  if (drainedBy !== undefined) terminate();
  look();
}

/** Does what is due, and comes back for what is next. */
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

/** The parent is gone, or this process is broken: nobody is left who could renew. */
function endNow(): void {
  if (command === undefined) process.exit(0);
  signalGroup(command, 'SIGKILL');
  void endDescendants(command).then(() => process.exit(0));
}

function finish(end: { code: number | null; signal: NodeJS.Signals | null }): void {
  report({ kind: 'ended', ...end, byDeadline });
}

/** A report that ends everything waits until the parent has it; then nothing holds this process. */
function report(what: GuardianReport): void {
  const last = what.kind !== 'started';
  if (last) clearTimeout(timer);
  process.send?.(what, () => {
    if (last) process.exit(0);
  });
}
