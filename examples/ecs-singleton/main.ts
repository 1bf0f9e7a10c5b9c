/**
 * A singleton on ECS: as many tasks as you like, one of them works, SIGTERM hands over.
 *
 * `/livez` is for the container's health check, `/leader` for finding the leader.
 */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoDbLease, fenced } from '../../lib/dynamodb/index.ts';
import { leadUntilStopped, taskIdentity } from '../../lib/ecs/index.ts';
import { createHealth } from '../../lib/health/index.ts';
import { createElection, electionFromEnvironment, type Term } from '../../lib/index.ts';

const { name, tableName, timings, stopTimeoutMs } = electionFromEnvironment();
const client = new DynamoDBClient();
const health = createHealth();
const identity = await taskIdentity();
const election = createElection({
  name,
  via: dynamoDbLease({ client, tableName }),
  timings,
  candidatePrefix: identity?.candidatePrefix,
  attributes: identity?.attributes,
  journal: health.journal,
});

await using server = await health.listen({ port: Number(process.env.PORT ?? 8080) });
console.log(JSON.stringify({ event: 'listening', port: server.port }));
await leadUntilStopped(election, readMeters, { stopTimeoutMs });
console.log(JSON.stringify({ event: 'handed-over' }));

async function readMeters(term: Term): Promise<void> {
  const meters = fenced(client, term);
  for (let reading = 1; !term.signal.aborted; reading++) {
    await meters.send(
      new UpdateItemCommand({
        TableName: process.env.METERS_TABLE ?? 'meters',
        Key: { pk: { S: 'meter#1' }, sk: { S: 'meter' } },
        UpdateExpression: 'SET reading = :reading, readBy = :reader',
        ExpressionAttributeValues: {
          ':reading': { N: `${reading}` },
          ':reader': { S: term.candidateId },
        },
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
