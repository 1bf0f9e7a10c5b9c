/**
 * A program that leaves orphans, and prints for each whether the first process has collected its exit.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const ORPHANS = 3;
/** Many times what a loaded machine needs. */
const WITHIN_MS = 120_000;
const LOOK_MS = 20;

for (let orphan = 0; orphan < ORPHANS; orphan += 1) {
  const pid = Number(execFileSync('sh', ['-c', 'sleep 0 >&2 & echo $!'], { encoding: 'utf8' }));
  const deadline = performance.now() + WITHIN_MS;
  while (isThere(pid) && performance.now() < deadline) await sleep(LOOK_MS);
  const event = isThere(pid) ? 'zombie' : 'collected';
  process.stdout.write(`${JSON.stringify({ event, pid, parent: process.ppid })}\n`);
}

/** Whether the process exists; a zombie counts. */
function isThere(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1') !== '';
  } catch {
    return false;
  }
}
