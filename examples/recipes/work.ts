/** What the recipes lead with: an election, and work that counts in a row of a table of its own. */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Attributes, createElection, type Term } from 'tenure';
import { dynamoDbLease, fenced } from 'tenure/dynamodb';

const client = new DynamoDBClient();

/** The defaults, unless the environment says otherwise. */
const { LEASE_MS } = process.env;
const timings = LEASE_MS ? { leaseDurationMs: Number(LEASE_MS), renewIntervalMs: 600 } : {};
const via = dynamoDbLease({ client, tableName: process.env.TENURE_TABLE });

export const electionOf = (name: string, attributes: Attributes = {}) =>
  createElection({ name, via, timings, attributes });

/** Settles until the term ends; each write carries the token. */
export async function settleOrders(term: Term): Promise<void> {
  const ledger = fenced(client, term);
  console.log(`leading ${term.token}`);
  for (;;) {
    await ledger.send(
      new UpdateItemCommand({
        TableName: process.env.LEDGER_TABLE ?? 'ledger',
        Key: { id: { S: term.election } },
        UpdateExpression: 'ADD settled :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
    await term.sleep(1_000);
  }
}
