/**
 * The program of a service of which one task works: the others stand by, and SIGTERM hands over.
 */
import { setTimeout } from 'node:timers/promises';
import { cloudWatchMetrics } from '../../../lib/cloudwatch/index.ts';
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { leadUntilStopped, taskIdentity } from '../../../lib/ecs/index.ts';
import { createElection, electionFromEnvironment, type Term } from '../../../lib/index.ts';

const { name, tableName, timings, stopTimeoutMs } = electionFromEnvironment();
const identity = await taskIdentity();
const metrics = cloudWatchMetrics();
const election = createElection({
  name,
  via: dynamoDbLease({ tableName }),
  timings,
  candidatePrefix: identity?.candidatePrefix,
  attributes: identity?.attributes,
  journal: metrics,
});

await leadUntilStopped(election, poll, { stopTimeoutMs });
metrics[Symbol.dispose]();

async function poll({ signal, token }: Term): Promise<void> {
  while (!signal.aborted) {
    // Your work comes here. What it writes goes through fenced(client, term).
    console.log(JSON.stringify({ event: 'polled', token: `${token}` }));
    await setTimeout(1_000, undefined, { signal }).catch(() => undefined);
  }
}
