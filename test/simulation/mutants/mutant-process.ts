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

export async function killed(index: number, seeds: number): Promise<Found> {
  const program = new URL('run-mutant.ts', import.meta.url).pathname;
  const args = [program, String(index), String(seeds)];
  const { stdout } = await run(process.execPath, args, { timeout: TIME_MS_MAX });
  return JSON.parse(stdout) as Found;
}
