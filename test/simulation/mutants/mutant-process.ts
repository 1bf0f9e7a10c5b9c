/** Starts `run-mutant.ts` and reads what it found. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Found } from './run-mutant.ts';

const run = promisify(execFile);
/**
 * A mutant may stop virtual time from going on: only a process that is ended comes out of that. 2,000 seeds take
 * half a minute, and on a machine with twenty other programs twenty times as long.
 */
export const TIME_MS_MAX = 1_200_000;

/** Where the list of known seeds is: `npm run mutants` writes it. */
export const KILLED_AT = new URL('killed-at.json', import.meta.url);

export type KilledAt = Readonly<Record<string, number>>;

/**
 * The first of the seeds from 1 to `seedsMax` that kills a mutant. A seed to `begin` with comes before
 * them: the one that killed the mutant when the list was written.
 */
export async function killed(index: number, seedsMax: number, begin?: number): Promise<Found> {
  const program = new URL('run-mutant.ts', import.meta.url).pathname;
  const seeds = begin === undefined ? [seedsMax] : [seedsMax, begin];
  const args = [program, ...[index, ...seeds].map(String)];
  const { stdout } = await run(process.execPath, args, { timeout: TIME_MS_MAX });
  return JSON.parse(stdout) as Found;
}
