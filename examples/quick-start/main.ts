/**
 * The README's example: a worker that settles orders only while it leads, and whose writes are refused
 * once another one does.
 */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoDbLease, fenced } from '../../lib/dynamodb/index.ts';
import { createElection } from '../../lib/index.ts';

const client = new DynamoDBClient();
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const election = createElection({ name: 'orders', via: dynamoDbLease({ tableName: 'tenure' }) });

await election.leadWhile(
  async (term) => {
    console.log(`leading, term ${term.token}`);
    const ledger = fenced(client, term); // its writes carry the token of this term
    while (!term.signal.aborted) {
      await ledger.send(
        new UpdateItemCommand({
          TableName: 'ledger',
          Key: { id: { S: 'orders' } },
          UpdateExpression: 'ADD settled :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        }),
      );
      await term.sleep(1_000); // or until the term ends
    }
  },
  { signal: stop.signal },
);
