/**
 * A worker as the demo sees it: a process that says what happens, and to which the demo does
 * things.
 *
 * It runs below `tenure guard`, which has its last will and ends after it.
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
  /** Asks a leader to hand the role to that candidate. */
  handOver(candidateId: string): void;
  /** SIGKILL: no time for anything. */
  kill(): void;
  /** Stops it in the middle of its next write. */
  freeze(): void;
  /** SIGSTOP, at once: for one that does not write. */
  pause(): void;
  /** SIGCONT. */
  thaw(): void;
  /** SIGTERM, which the guard passes on: it resigns. */
  stop(): void;
  /** SIGSTOP for the worker and its guard, for good: to all others, their machine is gone. */
  halt(): void;
  /** Ends both, whatever state they are in. */
  end(): void;
  /** Settles once it is gone, however it ended. */
  readonly ended: Promise<void>;
}

const TENURE = fileURLToPath(new URL('../lib/cli/main.ts', import.meta.url));
/** Begins what `tenure guard` itself says; the rest of its standard error is the worker's. */
const GUARD_SAYS = 'tenure: ';

interface WorkerOptions {
  readonly name: string;
  readonly tables: DemoTables;
  /** `baton`: elects over it. `hints`: elects over the lease table, and hears there of a release. */
  readonly queue: { readonly url: string; readonly holds: 'baton' | 'hints' };
  readonly env: NodeJS.ProcessEnv;
  readonly emit: (event: StageEvent) => void;
}

export function startWorkerProcess(options: WorkerOptions): WorkerProcess {
  const { name, emit } = options;
  const child = startBelowGuard(options);
  let pid: number | undefined;
  let halted = false;
  const done = (kind: StageEvent['kind'], why?: string) =>
    emit({ kind, worker: name, atEpochMs: Date.now(), why });
  listen(child, {
    said(line) {
      pid ??= line.pid;
      emit({ worker: name, ...line });
    },
    guardSaid: (line) => done('guard-said', line),
  });
  const give = (order: WorkerOrder) => void child.stdin.write(`${JSON.stringify(order)}\n`);
  /** Past the guard, which is not what it happens to. */
  const strike = (kind: StageEvent['kind'], signal: NodeJS.Signals) => {
    if (pid === undefined) throw new Error(`${name} is not there yet`);
    done(kind);
    process.kill(pid, signal);
  };
  return {
    name,
    kill: () => strike('killed', 'SIGKILL'),
    handOver: (candidateId) => give({ order: 'hand-over', candidateId }),
    freeze: () => give({ order: 'freeze' }),
    pause: () => strike('frozen', 'SIGSTOP'),
    thaw: () => strike('thawed', 'SIGCONT'),
    stop() {
      done('stopping');
      child.kill('SIGTERM');
    },
    halt() {
      halted = true;
      child.kill('SIGSTOP');
      strike('halted', 'SIGSTOP');
    },
    end() {
      // Without it a worker that is still starting would go on.
      child.stdin.destroy();
      if (pid !== undefined && child.exitCode === null) endNow(pid);
      // A guard ends by itself after its worker, once the will of that is executed.
      if (halted) child.kill('SIGKILL');
    },
    ended: whenEnded(child, () => done('exited')),
  };
}

function startBelowGuard({ name, tables, queue, env }: WorkerOptions) {
  const file = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const worker = [file, name, tables.lease, tables.ledger, queue.holds, queue.url];
  const args = [TENURE, 'guard', '--', process.execPath, ...worker];
  const child = spawn(process.execPath, args, { env, stdio: 'pipe' });
  // Written to only while it lives; what it does not read any more is not needed.
  child.stdin.on('error', () => undefined);
  return child;
}

function listen(
  { stdout, stderr }: ReturnType<typeof startBelowGuard>,
  to: { said(line: WorkerLine): void; guardSaid(line: string): void },
): void {
  createInterface({ input: stdout }).on('line', (line) => to.said(JSON.parse(line) as WorkerLine));
  createInterface({ input: stderr }).on('line', (line) => {
    if (line.startsWith(GUARD_SAYS)) to.guardSaid(line.slice(GUARD_SAYS.length));
    else process.stderr.write(`${line}\n`);
  });
}

function whenEnded(child: ChildProcess, tell: () => void): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => {
      tell();
      resolve();
    });
  });
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
