/**
 * A worker as the demo sees it: a process that says what happens, and to which things are done.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StageEvent, WorkerLine, WorkerOrder } from './stage-event.ts';

/** The tables of one demo, by the names that it gave them. */
export interface DemoTables {
  readonly lease: string;
  readonly ledger: string;
}

export interface WorkerProcess {
  readonly name: string;
  readonly pid: number;
  /** SIGKILL: no time for anything. */
  kill(): void;
  /** Stops it in the middle of its next write. */
  freeze(): void;
  /** SIGSTOP, at once: for one that does not write. */
  pause(): void;
  /** SIGCONT. */
  thaw(): void;
  /** SIGTERM: it resigns. */
  stop(): void;
  /** Settles once it is gone, however it ended. */
  readonly ended: Promise<void>;
}

export function startWorkerProcess(options: {
  readonly name: string;
  readonly tables: DemoTables;
  /** Elects over this queue; left out, over the lease table. */
  readonly queueUrl?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly emit: (event: StageEvent) => void;
}): WorkerProcess {
  const { name, tables, queueUrl = '', env, emit } = options;
  const file = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const args = [file, name, tables.lease, tables.ledger, queueUrl];
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const { pid, stdin, stdout } = child;
  if (pid === undefined) throw new Error(`worker ${name} did not start`);
  // Written to only while it lives; what it does not read any more is not needed.
  stdin.on('error', () => undefined);
  createInterface({ input: stdout }).on('line', (line) => {
    emit({ worker: name, ...(JSON.parse(line) as WorkerLine) });
  });
  const done = (kind: StageEvent['kind']) => emit({ kind, worker: name, atEpochMs: Date.now() });
  return {
    name,
    pid,
    kill() {
      done('killed');
      child.kill('SIGKILL');
    },
    freeze() {
      const order: WorkerOrder = { order: 'freeze' };
      stdin.write(`${JSON.stringify(order)}\n`);
    },
    pause() {
      done('frozen');
      child.kill('SIGSTOP');
    },
    thaw() {
      done('thawed');
      child.kill('SIGCONT');
    },
    stop() {
      done('stopping');
      child.kill('SIGTERM');
    },
    ended: whenEnded(child, () => done('exited')),
  };
}

function whenEnded(child: ChildProcess, tell: () => void): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => {
      tell();
      resolve();
    });
  });
}
