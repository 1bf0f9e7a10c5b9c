/**
 * One process of the part `profile`: campaigns for its elections without a journal, and tells what it used.
 *
 * Says `elected` or `standby` for each election, and answers each line of input with one line of figures. It
 * ends with its input.
 */

import { PerformanceObserver } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { dynamoDbLease, inBatches } from '../lib/dynamodb/index.ts';
import { createElection, type JournalEvent } from '../lib/index.ts';

export interface ProfileOrder {
  readonly endpoint: string;
  readonly tableName: string;
  readonly elections: readonly string[];
  readonly timings: { readonly leaseDurationMs: number; readonly renewIntervalMs: number };
}

const { endpoint, tableName, elections, timings } = JSON.parse(
  process.argv[2] ?? '{}',
) as ProfileOrder;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const via = dynamoDbLease({
  tableName,
  clientConfig: { endpoint, region: 'us-east-1', credentials },
  batchRenewals: elections.length > 1 ? inBatches() : undefined,
});
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const journal = {
  record({ event }: JournalEvent) {
    if (event === 'elected' || event === 'standby') say({ event });
  },
};

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

createInterface({ input: process.stdin })
  .on('line', () => {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const figures = { cpuMs: (user + system) / 1_000, residentBytes: rss, heapBytes: heapUsed };
    say({ event: 'used', ...figures, collections });
  })
  .on('close', () => process.exit());

for (const name of elections) {
  void createElection({ name, via, timings, journal }).leadWhile(
    (term) =>
      new Promise<void>((resolve) => {
        term.signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  );
}
