/**
 * How a worker is elected: by a lease, a baton, a bridge between two ways, or another system's own client.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { bridge, createElection, type Mechanism, npmLockClientLock } from '../../../lib/index.ts';
import { sqsBaton } from '../../../lib/sqs/index.ts';
import { leadByNpmLockClient } from './npm-lock-client.ts';
import { ELECTION, LOCK_KEY, QUEUE, TIMINGS, type Way, type WorkerSettings } from './ways.ts';
import { type LeadWhile, say } from './workload.ts';

export async function leadBy({ ways }: WorkerSettings): Promise<LeadWhile> {
  const [first, to] = ways;
  if (first.via === 'npm lock' && to === undefined) return await leadByNpmLockClient(first);
  const way = to ?? first;
  const via = to === undefined ? mechanismOf(first) : bridge(oldOf(first), mechanismOf(to));
  const election = elect(via, way);
  return (work, signal) => election.leadWhile(work, { signal });
}

function elect(via: Mechanism, way: Way) {
  return createElection({
    ...{ name: ELECTION, via, timings: TIMINGS[way.via] },
    journal: {
      record(event) {
        if (event.event === 'lost') say({ event: 'lost', name: event.why });
      },
    },
  });
}

/** What a bridge holds first. */
function oldOf(way: Way) {
  if (way.via !== 'npm lock')
    return createElection({ name: ELECTION, via: mechanismOf(way), timings: TIMINGS[way.via] });
  const { endpoint, tableName } = way;
  return npmLockClientLock({
    documents: DynamoDBDocument.from(new DynamoDBClient({ endpoint, maxAttempts: 1 })),
    ...{ tableName, key: { [LOCK_KEY]: ELECTION } },
    ...{
      leaseDurationMs: TIMINGS[way.via].leaseDurationMs,
      everyMs: TIMINGS[way.via].renewIntervalMs,
    },
  });
}

function mechanismOf(way: Way): Mechanism {
  const clientConfig = { endpoint: way.endpoint };
  if (way.via === 'baton') {
    return sqsBaton({ queueUrl: `${way.endpoint}/000000000000/${QUEUE}`, clientConfig });
  }
  if (way.via === 'lease') return dynamoDbLease({ tableName: way.tableName, clientConfig });
  throw new Error('a lock of another system elects nobody here; only a bridge leaves it');
}
