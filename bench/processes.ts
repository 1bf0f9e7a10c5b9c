/** The processes of a benchmark: started, listened to, and ended by id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { CandidateOrder } from './candidate-process.ts';

export interface Event {
  readonly event: string;
  readonly election?: string;
  readonly candidateId?: string;
  readonly token?: string;
  readonly atEpochMs?: number;
  readonly why?: string;
  readonly residentBytes?: number;
}

export interface CandidateProcess extends Disposable {
  readonly child: ChildProcess;
  readonly events: readonly Event[];
  /** The first event, past or future, for which this holds. */
  until(matches: (event: Event) => boolean): Promise<Event>;
}

const PROGRAM = fileURLToPath(new URL('../.artifacts/candidate-process.mjs', import.meta.url));
const DEADLINE_MS = 30_000;

/** As JavaScript, as the package is published: Node's type stripping alone costs 15 MB of memory. */
export async function buildCandidate(): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('./candidate-process.ts', import.meta.url))],
    outfile: PROGRAM,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
}

export function startCandidate(order: CandidateOrder): CandidateProcess {
  const args = ['--expose-gc', PROGRAM, JSON.stringify(order)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const events: Event[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as Event);
    for (const listener of listeners) listener();
  });
  return {
    child,
    events,
    until(matches) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('the event did not come')), DEADLINE_MS);
        const look = () => {
          const found = events.find(matches);
          if (found === undefined) return;
          listeners.delete(look);
          clearTimeout(timer);
          resolve(found);
        };
        listeners.add(look);
        look();
      });
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
