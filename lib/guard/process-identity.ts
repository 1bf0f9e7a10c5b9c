/**
 * Which process it is, and whether that very process is still there.
 *
 * Decides by what the kernel says. The system uses a process id again after its process, so on
 * Linux the start time goes with it. Elsewhere a process is known only as one's own child, by its
 * exit.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** In ticks since the machine started, as `/proc/<pid>/stat` has it; absent where there is no `/proc`. */
  readonly startTime?: string | undefined;
}

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly startTime: string;
}

/** The identity of a child that was just started, and of which no exit was collected yet. */
export const identityOf = (pid: number): ProcessIdentity => ({
  pid,
  startTime: statOf(pid)?.startTime,
});

export const isSame = (a: ProcessIdentity, b: ProcessIdentity | undefined): boolean =>
  a.pid === b?.pid && a.startTime === b.startTime;

/** Whether this guard can tell when the process is gone: it sees the process, below itself. */
export function isDescendant({ pid, startTime }: ProcessIdentity): boolean {
  const stat = statOf(pid);
  // From another process-id namespace the same number names another process, or none.
  if (stat === undefined || stat.startTime !== startTime) return false;
  for (let parent = stat.parent; parent > 0; parent = statOf(parent)?.parent ?? 0) {
    if (parent === process.pid) return true;
  }
  return false;
}

/** No thread of it runs any more. `false` where that cannot be told. */
export function isGone({ pid, startTime }: ProcessIdentity): boolean {
  if (process.platform !== 'linux' || startTime === undefined) return false;
  const stat = statOf(pid);
  if (stat === undefined || stat.startTime !== startTime) return true;
  // The first thread may be dead before the others are.
  return stat.state === 'Z' && threadsOf(pid) <= 1;
}

/** `pid (name) state ppid … starttime …`; a name may hold spaces and parentheses. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}
