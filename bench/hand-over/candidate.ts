/**
 * One process of `hand-over.ts`: leads by the mechanism of its order, hands over at SIGTERM.
 *
 * Speaks in lines of JSON on standard output; ends when its standard input does, so that it never
 * outlives the benchmark.
 */
import { dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { createElection } from '../../lib/index.ts';
import { sqsBaton, sqsHints } from '../../lib/sqs/index.ts';

export interface HandOverOrder {
  readonly mechanism: 'baton' | 'lease-with-hints' | 'lease';
  readonly election: string;
  readonly queueUrl: string;
  readonly dynamoDbEndpoint: string;
  readonly tableName: string;
}

const order = JSON.parse(process.argv[2] ?? '{}') as HandOverOrder;
const local = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

process.stdin.resume().on('end', () => process.exit());
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort(new Error('stopped')));

function mechanism() {
  const { queueUrl, tableName } = order;
  const hints = sqsHints({ queueUrl, clientConfig: local });
  const clientConfig = { ...local, endpoint: order.dynamoDbEndpoint };
  switch (order.mechanism) {
    case 'baton':
      return sqsBaton({ queueUrl, clientConfig: local });
    case 'lease-with-hints':
      return dynamoDbLease({ tableName, clientConfig, hints });
    case 'lease':
      return dynamoDbLease({ tableName, clientConfig });
  }
}

const election = createElection({
  name: order.election,
  via: mechanism(),
  timings: { leaseDurationMs: 30_000, renewIntervalMs: 2_000 },
  journal: {
    record: ({ event, atEpochMs }) => {
      if (['standby', 'elected', 'resigned'].includes(event)) say({ event, atEpochMs });
    },
  },
});
await election.leadWhile(
  (term) =>
    new Promise<void>((resolve) => {
      term.signal.addEventListener('abort', () => {
        say({ event: 'stopping', atEpochMs: Date.now() });
        resolve();
      });
    }),
  { signal: stop.signal },
);
process.exit();
