/** Starts `run-mutant.ts` and reads what it found. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Found } from './run-mutant.ts';

const run = promisify(execFile);

export async function killed(index: number, seeds: number): Promise<Found> {
  const program = new URL('run-mutant.ts', import.meta.url).pathname;
  const { stdout } = await run(process.execPath, [program, String(index), String(seeds)]);
  return JSON.parse(stdout) as Found;
}
