/** One candidate of a run of kills, below a guard of its own: started, listened to, told and killed. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { until } from '../../support/until.ts';
import type { CandidateLine } from './lines.ts';

export interface Seat {
  readonly pid: () => number;
  readonly lines: readonly CandidateLine[];
  /** What its guard has said. */
  readonly guardSaid: () => string;
  has(event: CandidateLine['event']): CandidateLine | undefined;
  /** Resolves once the candidate watches this leader. */
  watch(whom: string): Promise<void>;
  kill(): void;
  /** Resolves when its process and its guard have ended, and all their lines are read. */
  readonly ended: Promise<void>;
}

const CANDIDATE = fileURLToPath(new URL('candidate.ts', import.meta.url));
/** The guard of the worker's image, which starts much faster than the whole command line. */
const GUARD = fileURLToPath(new URL('../../../functions/worker/guard.ts', import.meta.url));

/** The candidate's program as one file, so that a thousand of them start in some minutes. */
export async function bundleCandidate(folder: string): Promise<string> {
  const file = join(folder, 'candidate.mjs');
  await build({
    entryPoints: [CANDIDATE],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return file;
}

export async function takeSeat(env: NodeJS.ProcessEnv, candidate: string[]): Promise<Seat> {
  const child = spawn(process.execPath, [GUARD, process.execPath, ...candidate], { env });
  const lines: CandidateLine[] = [];
  let said = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.on('error', () => undefined);
  const has = (event: CandidateLine['event']) => lines.find((line) => line.event === event);
  await until(() => has('ready') !== undefined, { what: `a start; ${said}` });
  const pid = Number(has('ready')?.identity?.split(' ')[0]);
  return {
    pid: () => pid,
    lines,
    guardSaid: () => said,
    has,
    async watch(whom) {
      child.stdin.write(`${whom}\n`);
      const watches = () => lines.some((line) => line.event === 'watching' && line.whom === whom);
      await until(watches, { what: 'the watch for the leader' });
    },
    kill: () => void process.kill(pid, 'SIGKILL'),
    ended: new Promise((resolve) => child.once('close', () => resolve())),
  };
}
