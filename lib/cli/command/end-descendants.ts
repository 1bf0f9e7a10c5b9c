/**
 * Ends a command with everything that it started.
 *
 * Decides what belongs to the command. Its process group does, everywhere. On Linux, descendants
 * that left the group do too: they are found by their parents while those live, and after that by
 * the marker in their environment. A descendant that leaves the group, loses its parent and clears
 * its environment is not found.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { MARKER_VARIABLE } from './guardian-orders.ts';

export interface Descendants {
  /** The command: leader of its own process group. Absent where it may have started unseen. */
  readonly pid: number | undefined;
  readonly marker: string;
}

/** A killed process is gone within milliseconds, unless the kernel holds it in a device's call. */
const SWEEPS_MS_MAX = 5_000;
const SWEEP_INTERVAL_MS = 10;

/** Sends a signal to the command's whole process group. */
export function signalGroup({ pid }: Descendants, signal: NodeJS.Signals): void {
  if (pid !== undefined) send(-pid, signal);
}

/**
 * Sends SIGKILL to all of them, again and again until none is left. Resolves with whether none is
 * left.
 */
export async function endDescendants(of: Descendants): Promise<boolean> {
  let tree = of.pid === undefined ? [] : descendantsOf(of.pid);
  const until = performance.now() + SWEEPS_MS_MAX;
  do {
    // The group first: it is nearly always everything, and signalling it needs no search.
    signalGroup(of, 'SIGKILL');
    const strays = [...new Set([...tree, ...markedWith(of.marker)])].filter(isAlive);
    for (const stray of strays) send(stray, 'SIGKILL');
    const groupIsGone = of.pid === undefined || !groupIsAlive(of.pid);
    if (strays.length === 0 && groupIsGone) return true;
    await delay(SWEEP_INTERVAL_MS);
    // Keeps only processes that descended from the command: another process may get one of their
    // ids later.
    tree = tree.filter(isAlive);
  } while (performance.now() < until);
  return false;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process is gone already, as intended; or this user may not end it, which the next look
    // shows.
  }
}

function groupIsAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
  } catch (error) {
    // EPERM: the process is there, and this user may not end it.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const members = processes().filter((one) => one.group === pid);
  // A zombie stays a member until its parent collects it. Without /proc the signal is the answer.
  return members.length === 0 ? !hasProc() : members.some((one) => one.state !== 'Z');
}

function isAlive(pid: number): boolean {
  const state = statOf(String(pid))?.state;
  return state !== undefined && state !== 'Z';
}

/** The processes that have this one as parent, grandparent and so on. Linux only; else none. */
function descendantsOf(pid: number): number[] {
  const all = processes();
  const found = [pid];
  for (const ancestor of found) {
    found.push(...all.filter((one) => one.parent === ancestor).map((one) => one.pid));
  }
  return found.slice(1);
}

function markedWith(marker: string): number[] {
  const entry = `${MARKER_VARIABLE}=${marker}`;
  return processIds()
    .filter((pid) => environmentOf(pid).split('\0').includes(entry))
    .map(Number);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    // The process is another user's, or gone.
    return '';
  }
}

interface Stat {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

function processes(): Stat[] {
  return processIds().flatMap((pid) => statOf(pid) ?? []);
}

/** `pid (name) state ppid pgrp …`; a name may hold spaces and parentheses. */
function statOf(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent, group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid: Number(pid), state, parent: Number(parent), group: Number(group) };
  } catch {
    return undefined;
  }
}

function processIds(): string[] {
  return hasProc() ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
}

function hasProc(): boolean {
  return process.platform === 'linux';
}
