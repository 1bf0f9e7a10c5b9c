/**
 * Runs spin: generates the verifier, compiles it, searches, and reads the report.
 *
 * A search counts only if it was exhaustive: no bound of the search itself may have been reached.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ModelCheck } from './checks.ts';

const run = promisify(execFile);
const SEARCH_DEPTH = '400000';
/**
 * The size of the hash table, as a power of two; too small only costs time. To clear the large one takes
 * longer than the search of a mutant, which ends with its first error.
 */
const HASH_BITS = { sound: '24', mutant: '20' };
const MEMORY_MB_MAX = 6_000;

export interface Verdict {
  readonly check: ModelCheck;
  readonly exhaustive: boolean;
  /** What was violated, in spin's words. */
  readonly violation: string | undefined;
  readonly states: number;
  readonly seconds: number;
}

export async function verify(check: ModelCheck): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'tenure-model-'));
  const began = performance.now();
  try {
    const cwd = { cwd: folder, maxBuffer: 1 << 26 };
    const model = new URL(`${check.model}.pml`, import.meta.url).pathname;
    await run('spin', ['-a', ...check.define.map((name) => `-D${name}`), model], cwd);
    // A mutant's search is short: optimising its compilation would take longer than it saves.
    const speed = check.violates === undefined ? '-O1' : '-O0';
    const kind = check.liveness ? [speed, '-DNFAIR=3'] : [speed, '-DSAFETY'];
    if (check.breadth) kind.push('-DBFS');
    await run('gcc', ['-w', ...kind, `-DMEMLIM=${MEMORY_MB_MAX}`, '-o', 'pan', 'pan.c'], cwd);
    // A mutant of liveness may fail an assertion first, so spin ignores assertions in its search.
    const search = check.liveness ? ['-a', '-f', ...(check.violates ? ['-A'] : [])] : [];
    const { stdout } = await run(
      join(folder, 'pan'),
      [
        ...search,
        ...(check.breadth ? [] : [`-m${SEARCH_DEPTH}`]),
        `-w${HASH_BITS[check.violates === undefined ? 'sound' : 'mutant']}`,
      ],
      cwd,
    );
    return { check, ...reading(stdout), seconds: (performance.now() - began) / 1000 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function reading(report: string) {
  const violation = /pan:1: (.*)/.exec(report)?.[1]?.replaceAll(/\s+/g, '');
  const errors = /errors: (\d+)/.exec(report)?.[1];
  const states = /(\d+(?:\.\d+e\+\d+)?) states, stored/.exec(report)?.[1];
  if (errors === undefined || states === undefined) {
    throw new Error(`the search did not end with a report: ${report.slice(-2000)}`);
  }
  const cut = /max search depth too small|Search not completed|memory limit|out of memory/;
  return { exhaustive: errors === '0' && !cut.test(report), violation, states: Number(states) };
}

/** `undefined` where the verdict is as expected; otherwise what is wrong. */
export function objection({ check, exhaustive, violation }: Verdict): string | undefined {
  if (check.violates === undefined) {
    return exhaustive ? undefined : `not proved: ${violation ?? 'the search was cut short'}`;
  }
  const expected = check.violates.replaceAll(' ', '');
  if (violation?.includes(expected)) return undefined;
  return `expected a violation of ${check.violates}, got ${violation ?? 'none'}`;
}
