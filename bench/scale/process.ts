/**
 * Many elections led by one process: tells the latencies, lapses, processor time and memory of it.
 *
 * Speaks one line of JSON for each question on standard input (`measure <ms>`), after `ready`.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamoDbLease, inBatches } from '../../lib/dynamodb/index.ts';
import { createElection, type JournalEvent } from '../../lib/index.ts';
import { quantile } from '../statistics.ts';

export interface ScaleOrder {
  readonly endpoint: string;
  readonly tableName: string;
  readonly elections: number;
  readonly batchRenewals: boolean;
  readonly timings: { readonly leaseDurationMs: number; readonly renewIntervalMs: number };
}

/** So many campaigns begin at once; what is acquired later is measured without the rush. */
const CAMPAIGNS_AT_ONCE = 20;

const order = JSON.parse(process.argv[2] ?? '{}') as ScaleOrder;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const { endpoint, tableName, batchRenewals, timings } = order;
const via = dynamoDbLease({
  tableName,
  clientConfig: { endpoint, region: 'us-east-1', credentials },
  batchRenewals: batchRenewals ? inBatches() : undefined,
  historyDays: 0,
});
const acquireMs: number[] = [];
let renewMs: number[] = [];
let remainingMs = Number.POSITIVE_INFINITY;
let lapses = 0;
const journal = {
  record(event: JournalEvent) {
    if (event.event === 'elected') acquireMs.push(event.latencyMs);
    if (event.event === 'lost') lapses += 1;
    if (event.event !== 'renewed') return;
    renewMs.push(event.latencyMs);
    remainingMs = Math.min(remainingMs, event.remainingMs);
  },
};

for (let from = 0; from < order.elections; from += CAMPAIGNS_AT_ONCE) {
  const names = Array.from(
    { length: Math.min(CAMPAIGNS_AT_ONCE, order.elections - from) },
    (_, index) => `scale ${order.elections} ${batchRenewals} ${from + index}`,
  );
  const campaigns = names.map((name) => createElection({ name, via, timings, journal }).campaign());
  await Promise.all(campaigns);
}
process.stdout.write('ready\n');
const input = createInterface({ input: process.stdin });
const [question] = await once(input, 'line');
const forMs = Number(String(question).split(' ')[1]);
renewMs = [];
remainingMs = Number.POSITIVE_INFINITY;
const lapsesBefore = lapses;
const cpuBefore = process.cpuUsage();
const startedMs = performance.now();
await sleep(forMs);
const { user, system } = process.cpuUsage(cpuBefore);
const elapsedMs = performance.now() - startedMs;
globalThis.gc?.();
const figures = {
  elapsedMs,
  renewals: renewMs.length,
  renewMs: { p50: quantile(renewMs, 0.5), p99: quantile(renewMs, 0.99) },
  acquireMs: { p50: quantile(acquireMs, 0.5), p99: quantile(acquireMs, 0.99) },
  leastRemainingMs: remainingMs,
  lapses: lapses - lapsesBefore,
  lapsesBefore,
  cpuShare: (user + system) / 1_000 / elapsedMs,
  heapBytes: process.memoryUsage().heapUsed,
};
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit());
