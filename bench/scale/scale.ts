/**
 * The part `scale`: elections led by one process, each renewal a request of its own or in batches.
 *
 * Requests are counted between the process and DynamoDB Local. Both run on this machine, so the shares
 * of processor time are those of a machine that also carries the store.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { TABLE } from '../fail-over/store-names.ts';
import { startDynamoDb } from '../fail-over/stores.ts';
import { startTcpProxy } from '../fail-over/tcp-proxy.ts';
import type { ScaleOrder } from './process.ts';

export interface ScaleSettings {
  readonly elections: readonly number[];
  /** How long each is led. */
  readonly forMs: number;
  /** 1,000 elections in batches are led for this long: the target names ten minutes. */
  readonly longForMs: number;
}

export interface ScaleFigures {
  readonly elections: number;
  readonly batchRenewals: boolean;
  readonly elapsedMs: number;
  readonly renewals: number;
  readonly requests: number;
  readonly requestsPerRenewal: number;
  readonly renewMs: { readonly p50: number; readonly p99: number };
  readonly acquireMs: { readonly p50: number; readonly p99: number };
  readonly leastRemainingMs: number;
  readonly lapses: number;
  /** While the others were still being acquired. */
  readonly lapsesBefore: number;
  readonly cpuShare: number;
  readonly heapBytes: number;
}

const TIMINGS = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
const LONG = 1_000;
/** More renewals than these, each a request of its own, are more than a process and a store on one machine do. */
const ONE_BY_ONE_MAX = 2_000;
const PROGRAM = fileURLToPath(new URL('../.artifacts/scale-process.mjs', import.meta.url));

export async function scale({ elections, forMs, longForMs }: ScaleSettings) {
  await build({
    entryPoints: [fileURLToPath(new URL('./process.ts', import.meta.url))],
    outfile: PROGRAM,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  const runs: ScaleFigures[] = [];
  for (const count of elections) {
    for (const batchRenewals of count > ONE_BY_ONE_MAX ? [true] : [false, true]) {
      const how = batchRenewals ? 'in batches' : 'one by one';
      process.stderr.write(`scale: ${count} elections, renewed ${how}…\n`);
      const long = batchRenewals && count === LONG;
      runs.push(await lead({ elections: count, batchRenewals, forMs: long ? longForMs : forMs }));
    }
  }
  const least = runs.find(({ batchRenewals }) => !batchRenewals);
  const most = runs.findLast(({ batchRenewals }) => !batchRenewals);
  const bytesPerElection =
    least && most && most.elections > least.elections
      ? (most.heapBytes - least.heapBytes) / (most.elections - least.elections)
      : undefined;
  return { ...TIMINGS, runs, bytesPerElection };
}

async function lead(of: {
  readonly elections: number;
  readonly batchRenewals: boolean;
  readonly forMs: number;
}): Promise<ScaleFigures> {
  const { elections, batchRenewals, forMs } = of;
  await using store = await startDynamoDb();
  const proxy = await startTcpProxy(store);
  const order: ScaleOrder = {
    endpoint: `http://127.0.0.1:${proxy.port}`,
    tableName: TABLE,
    elections,
    batchRenewals,
    timings: TIMINGS,
  };
  const child = spawn(process.execPath, ['--expose-gc', PROGRAM, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  const before = proxy.requests();
  const answer = once(lines, 'line');
  child.stdin.write(`measure ${forMs}\n`);
  const [text] = await answer;
  const requests = proxy.requests() - before;
  process.off('exit', kill);
  kill();
  await proxy.stop();
  const figures = JSON.parse(String(text)) as Omit<ScaleFigures, 'requests'>;
  const requestsPerRenewal = requests / figures.renewals;
  return { ...figures, elections, batchRenewals, requests, requestsPerRenewal };
}
