/**
 * One worker of a chaos run: a process that is listened to, signalled, and has its wall clock moved.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { environmentFor } from '../../support/dynamodb.ts';
import { movedClock } from '../../tools/faketime.ts';
import type { WorkerLine, WorkerSettings } from './ways.ts';

export interface Member {
  readonly name: string;
  /** What it has said so far. */
  readonly lines: readonly WorkerLine[];
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** `freeze`: in the middle of its next write. `spare`: not any more, where it has not yet. */
  order(order: 'freeze' | 'spare'): void;
  /** Moves its wall clock; the monotonic one is left alone. */
  setWallClockAhead(seconds: number): void;
  /** Kills it; resolves when it is gone and its last lines are read. */
  end(): Promise<void>;
}

export interface MemberOptions {
  readonly name: string;
  /** Where the offset of its wall clock is kept. */
  readonly clockFile: string;
  readonly resourceEndpoint: string;
  readonly settings: WorkerSettings;
  readonly heard: (line: WorkerLine) => void;
  readonly ended: (member: Member) => void;
}

const WORKER = new URL('worker.ts', import.meta.url).pathname;

export function startMember(options: MemberOptions): Member {
  const { name, clockFile, resourceEndpoint, settings } = options;
  const lines: WorkerLine[] = [];
  const setWallClockAhead = (seconds: number) =>
    writeFileSync(clockFile, `${seconds < 0 ? '' : '+'}${seconds}`);
  setWallClockAhead(0);
  const child = spawn(process.execPath, [WORKER, JSON.stringify(settings)], {
    env: {
      ...process.env,
      ...environmentFor(resourceEndpoint),
      ...movedClock({ FAKETIME_TIMESTAMP_FILE: clockFile, FAKETIME_NO_CACHE: '1' }),
    },
    // Its standard input ends with this process, so that the worker ends with this process too.
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'close');
  // The worker may be dead already: then its last order is lost.
  child.stdin?.on('error', () => undefined);
  listen(child, (said) => {
    const line = { ...said, worker: name };
    lines.push(line);
    options.heard(line);
  });
  const member: Member = {
    name,
    lines,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    signal: (signal) => void child.kill(signal),
    order: (order) => void child.stdin?.write(`${order}\n`),
    setWallClockAhead,
    async end() {
      child.kill('SIGKILL');
      await gone;
    },
  };
  child.once('close', () => options.ended(member));
  return member;
}

function listen(child: ChildProcess, heard: (line: WorkerLine) => void): void {
  if (child.stdout === null) throw new Error('the worker cannot be heard');
  createInterface({ input: child.stdout }).on('line', (line) => {
    heard(JSON.parse(line) as WorkerLine);
  });
}
