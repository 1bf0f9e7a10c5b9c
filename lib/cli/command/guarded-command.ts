/**
 * A command with its guardian, as `tenure run` sees them.
 *
 * Decides nothing about when the command ends: the guardian is told the deadlines and keeps them.
 * If the guardian itself dies or hangs, this process ends the command.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guardian } from '../../index.ts';
import { endDescendants } from './end-descendants.ts';
import type { GuardianOrder, GuardianReport } from './guardian-orders.ts';
import { createKillTimer } from './kill-timer.ts';
import { after, readMachineClocks, type TermDeadlines } from './term-deadlines.ts';

/**
 * How long a guardian may take to report after a deadline, when the command is dead already. This
 * is longer than a loaded machine needs. Until then the role is only not released.
 */
const REPORT_WAIT_MS = 2_000;

export interface CommandToGuard {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly deadlines: TermDeadlines;
  /** Whether the guardian speaks in objects. */
  readonly json: boolean;
  /** Where the command's standard streams go. Default: to this process's own. */
  readonly streams?: CommandStreams | undefined;
}

/** Of a command that is one of several. */
export interface CommandStreams {
  readonly stdio: readonly ['ignore', 'inherit' | 'pipe', 'inherit' | 'pipe'];
  /** Reads what is piped. */
  readonly read: (outputs: Pick<ChildProcess, 'stdout' | 'stderr'>) => void;
}

/**
 * How a guarded command ended. Except with `survived`, everything that it started is gone by then.
 */
export type CommandEnd =
  | Extract<GuardianReport, { kind: 'ended' | 'not-started' | 'survived' }>
  | {
      readonly kind: 'unguarded';
      /** Whether the guardian was there and did not answer; otherwise it was gone. */
      readonly hung: boolean;
      /** Whether the command is known to have run. */
      readonly started: boolean;
    };

export interface GuardedCommand extends Guardian {
  readonly ended: Promise<CommandEnd>;
  extend(deadlines: TermDeadlines): void;
  terminate(options: { killInMs: number }): void;
}

/** This file's neighbour, as TypeScript in the repository and as JavaScript in the package. */
function guardianFile(): string {
  const here = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(`./guardian${extname(here)}`, import.meta.url));
}

export function startGuarded(what: CommandToGuard): GuardedCommand {
  const guardian = spawn(process.execPath, [guardianFile()], {
    // The command's standard streams are the guardian's, which itself says nothing on them.
    stdio: [...(what.streams?.stdio ?? (['inherit', 'inherit', 'inherit'] as const)), 'ipc'],
    detached: true,
    env: what.env,
  });
  what.streams?.read(guardian);
  const marker = randomUUID();
  const { command, args, deadlines, json } = what;
  const watch = watchGuardian(guardian, marker);
  watch.killBy(deadlines.killAt);
  const parent = process.pid;
  order(guardian, { kind: 'run', command, args, marker, deadlines, parent, json });
  return {
    ended: watch.ended,
    extend(extended) {
      watch.killBy(extended.killAt);
      order(guardian, { kind: 'extend', deadlines: extended });
    },
    terminate({ killInMs }) {
      watch.drainBy(after(readMachineClocks(), killInMs));
      order(guardian, { kind: 'terminate', killInMs });
    },
    told: (will) => order(guardian, { kind: 'told', will }),
    withdrawn: (about) => order(guardian, { kind: 'withdrawn', ...about }),
  };
}

function order(guardian: ChildProcess, what: GuardianOrder): void {
  // A guardian that is gone has ended the command, or its exit is about to be seen.
  if (guardian.connected) guardian.send(what, () => undefined);
}

/** Follows what the guardian reports, and does its work where it does not. */
function watchGuardian(guardian: ChildProcess, marker: string) {
  let pid: number | undefined;
  let last: CommandEnd | undefined;
  let hung = false;
  let waiting: NodeJS.Timeout | undefined;
  const timer = createKillTimer(() => {
    // The guardian does the same now, unless it hangs. Doing it twice does no harm.
    void endDescendants({ pid, marker });
    waiting = setTimeout(() => {
      if (last !== undefined) return;
      // A guardian that has started nothing yet has nothing to report: the machine is slow.
      hung = pid !== undefined;
      guardian.kill('SIGKILL');
    }, REPORT_WAIT_MS);
  });
  const ended = new Promise<CommandEnd>((resolve, reject) => {
    guardian.once('error', reject);
    guardian.on('message', (report: GuardianReport) => {
      if (report.kind === 'started') pid = report.pid;
      else last = report;
    });
    // The channel closes after its last message was read, and when the guardian dies for any
    // reason.
    guardian.once('disconnect', async () => {
      timer.cancel();
      clearTimeout(waiting);
      if (last !== undefined) return resolve(last);
      const gone = await endDescendants({ pid, marker });
      const started = pid !== undefined;
      resolve(gone ? { kind: 'unguarded', hung, started } : { kind: 'survived' });
    });
  });
  return { ended, killBy: timer.killBy, drainBy: timer.drainBy };
}
