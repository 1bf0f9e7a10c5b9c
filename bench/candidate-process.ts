/**
 * One process of a benchmark: campaigns for some elections, or makes the reads of a standby without us.
 *
 * Speaks in lines of JSON on standard output; ends when its standard input does, so that it never
 * outlives the benchmark.
 */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

export interface CandidateOrder {
  readonly endpoint: string;
  readonly tableName: string;
  readonly elections: readonly string[];
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
  /** Without this package: just the reads that a standby would make. */
  readonly bare: boolean;
}

const order = JSON.parse(process.argv[2] ?? '{}') as CandidateOrder;
const { endpoint, tableName, leaseDurationMs, renewIntervalMs } = order;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const clientConfig = { endpoint, region: 'us-east-1', credentials };

const say = (line: object) =>
  process.stdout.write(
    `${JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? String(value) : value))}\n`,
  );

process.stdin.resume().on('end', () => process.exit());
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  say({ event: 'memory', residentBytes: process.memoryUsage.rss() });
});

if (order.bare) {
  const client = new DynamoDBClient({ ...clientConfig, maxAttempts: 1 });
  const Key = { pk: { S: `election#${order.elections[0]}` }, sk: { S: 'lease' } };
  setInterval(() => {
    void client.send(new GetItemCommand({ TableName: tableName, Key }));
  }, renewIntervalMs);
  say({ event: 'standby' });
} else {
  const { createElection } = await import('../lib/index.ts');
  const { dynamoDbLease } = await import('../lib/dynamodb/index.ts');
  const via = dynamoDbLease({ tableName, clientConfig });
  for (const name of order.elections) {
    const timings = { leaseDurationMs, renewIntervalMs };
    const election = createElection({ name, via, timings, journal: { record: say } });
    void election.leadWhile(
      (term) =>
        new Promise<void>((resolve) => {
          term.signal.addEventListener('abort', () => resolve(), { once: true });
        }),
    );
  }
}
