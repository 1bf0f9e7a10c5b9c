/**
 * Polls each partition from a position of its own, wherever that partition is led: each leader goes on where the
 * one before it stopped, and hands over on SIGTERM. The environment says which group, as `stack.ts` sets it.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { cloudWatchMetrics } from '../../lib/cloudwatch/index.ts';
import { checkpoint, dynamoDbGroup } from '../../lib/dynamodb/index.ts';
import { leadUntilStopped } from '../../lib/ecs/index.ts';
import { createGroup, groupFromEnvironment, type PartitionTerm } from '../../lib/index.ts';

const { name, partitions, tableName, timings, stopTimeoutMs } = groupFromEnvironment();
const client = new DynamoDBClient();
const metrics = cloudWatchMetrics();
const group = createGroup({
  name,
  partitions,
  via: dynamoDbGroup({ client, tableName }),
  timings,
  journal: metrics,
});

await leadUntilStopped(group, poll, { stopTimeoutMs });
metrics[Symbol.dispose]();

async function poll(term: PartitionTerm): Promise<void> {
  const position = checkpoint(term, {
    client,
    tableName: process.env.POSITIONS_TABLE ?? 'positions',
    key: { id: term.election }, // pollers/0 to pollers/63: one for each partition
    schemaVersion: 1,
    parse: (state) => state as { offset: number },
  });
  let offset = (await position.load())?.offset ?? 0;
  while (!term.signal.aborted) {
    offset += 1; // your work goes here, for tenant number term.partition
    await position.save({ offset }); // refused once another task leads this partition
    await term.sleep(1_000); // or until the term ends
  }
}
