/**
 * Sixty-four pollers, shared among as many tasks as run: each goes on where the leader before it stopped, and
 * hands over on SIGTERM.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { checkpoint, dynamoDbGroup } from '../../lib/dynamodb/index.ts';
import { leadUntilStopped } from '../../lib/ecs/index.ts';
import { createGroup, type PartitionTerm } from '../../lib/index.ts';

const client = new DynamoDBClient();
const tableName = process.env.TENURE_TABLE ?? 'tenure';
const group = createGroup({
  name: 'pollers',
  partitions: 64,
  via: dynamoDbGroup({ client, tableName }),
});

await leadUntilStopped(group, poll);

async function poll(term: PartitionTerm): Promise<void> {
  const position = checkpoint(term, {
    client,
    tableName: 'positions',
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
