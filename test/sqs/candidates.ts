/**
 * Candidates over a queue as real processes, and a queue for them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { seedBaton } from '../../lib/sqs/index.ts';
import { startWorker, type Worker } from '../support/processes.ts';
import type { StrictSqs } from '../support/sqs/strict-sqs.ts';
import { nameOf, strictSqs } from './queues.ts';

export const LEASE_MS = 3_000;
const TIMINGS = { leaseDurationMs: LEASE_MS, renewIntervalMs: 700, writeTimeoutMs: 500 };

export interface Arena {
  readonly sqs: StrictSqs;
  readonly queueUrl: string;
  /** Batons in the queue, in flight or not. */
  batons(): number;
  start(program?: string, env?: Readonly<Record<string, string>>): Worker;
}

/** A queue with one baton, and a way to start candidates for it. */
export async function prepareArena(): Promise<Arena> {
  const sqs = await strictSqs();
  const { QueueUrl: queueUrl = '' } = await sqs.client.send(
    new CreateQueueCommand({
      QueueName: 'arena.fifo',
      Attributes: {
        FifoQueue: 'true',
        VisibilityTimeout: String(LEASE_MS / 1_000),
        MessageRetentionPeriod: '1209600',
      },
    }),
  );
  await seedBaton({ queueUrl, election: 'e', clientConfig: sqs.clientConfig });
  return {
    sqs,
    queueUrl,
    batons() {
      const { visible, inFlight } = sqs.queue(nameOf(queueUrl)).counts();
      return visible + inFlight;
    },
    start(program = 'candidate.ts', env = {}) {
      const file = isAbsolute(program) ? program : pathOf(program);
      const own = { QUEUE_URL: queueUrl, TIMINGS: JSON.stringify(TIMINGS) };
      return startWorker([file], { env: { ...own, ...env } });
    },
  };
}

function pathOf(program: string): string {
  return fileURLToPath(new URL(`programs/${program}`, import.meta.url));
}

/** Bundles the program into one file, which starts in a third of the time, for tests that start a hundred. */
export async function bundled(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tenure-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const outfile = join(folder, 'program.mjs');
  const require =
    "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";
  await build({
    entryPoints: [pathOf(program)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // The SDK is CommonJS, which needs `require`.
    banner: { js: require },
  });
  return outfile;
}

/** The token that this worker was elected with; `nth` counts its terms from 0. */
export async function electedToken(worker: Worker, nth = 0): Promise<bigint> {
  const elected = () => worker.lines.filter(({ event }) => event === 'elected');
  const line = await worker.line((one) => one.event === 'elected' && elected()[nth] === one);
  return BigInt(String(line.token));
}
