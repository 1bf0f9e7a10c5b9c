/**
 * The workers of a chaos run: real processes, each with a wall clock that can be moved under it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const LIBFAKETIME = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
].find((path) => existsSync(path));

export interface WorkerLine {
  readonly event: string;
  readonly worker: string;
  readonly token?: string;
  readonly element?: string;
  readonly name?: string;
}

export interface Member {
  readonly name: string;
  readonly child: ChildProcess;
  /** Moves the wall clock; the monotonic one is left alone. */
  jumpWallClock(seconds: number): void;
}

/** Whether wall-clock jumps are possible on this machine. */
export const canJump = LIBFAKETIME !== undefined;

export function startMember(
  name: string,
  folder: string,
  env: Record<string, string>,
  heard: (line: WorkerLine) => void,
): Member {
  const offset = join(folder, `${name}.offset`);
  writeFileSync(offset, '+0');
  const faketime = LIBFAKETIME && {
    LD_PRELOAD: LIBFAKETIME,
    FAKETIME_TIMESTAMP_FILE: offset,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const program = new URL('worker.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env, ...faketime },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) =>
    heard({ ...(JSON.parse(line) as WorkerLine), worker: name }),
  );
  return {
    name,
    child,
    jumpWallClock: (seconds) => writeFileSync(offset, `${seconds < 0 ? '' : '+'}${seconds}`),
  };
}
