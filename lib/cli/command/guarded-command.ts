/**
 * A command with its guardian, as `tenure run` sees them.
 *
 * Decides nothing about when the command ends: the guardian is told the deadlines and keeps them. Should
 * the guardian itself die, the command is ended from here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endDescendants } from './end-descendants.ts';
import type { GuardianOrder, GuardianReport } from './guardian-orders.ts';
import type { TermDeadlines } from './term-deadlines.ts';

export interface CommandToGuard {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly deadlines: TermDeadlines;
}

/** How a guarded command ended. Everything that it started is gone by then. */
export type CommandEnd =
  | Extract<GuardianReport, { kind: 'ended' | 'not-started' }>
  | { readonly kind: 'unguarded' };

export interface GuardedCommand {
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
    // The command's standard streams are ours; the guardian itself says nothing on them.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: what.env,
  });
  const marker = randomUUID();
  const { command, args, deadlines } = what;
  order(guardian, { kind: 'run', command, args, marker, deadlines });
  return {
    ended: whenEnded(guardian, marker),
    extend: (extended) => order(guardian, { kind: 'extend', deadlines: extended }),
    terminate: ({ killInMs }) => order(guardian, { kind: 'terminate', killInMs }),
  };
}

function order(guardian: ChildProcess, what: GuardianOrder): void {
  // A guardian that is gone has ended the command, or its exit is about to be seen.
  if (guardian.connected) guardian.send(what, () => undefined);
}

function whenEnded(guardian: ChildProcess, marker: string): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    let pid: number | undefined;
    let last: CommandEnd | undefined;
    guardian.once('error', reject);
    guardian.on('message', (report: GuardianReport) => {
      if (report.kind === 'started') pid = report.pid;
      else last = report;
    });
    // The channel closes after its last message was read, and when the guardian dies of anything.
    guardian.once('disconnect', async () => {
      if (last === undefined) await endDescendants({ pid, marker });
      resolve(last ?? { kind: 'unguarded' });
    });
  });
}
