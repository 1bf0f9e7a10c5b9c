/** Lease-checked writes lock the record that renewals write, so they must leave the renewals room. */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { dynamoDbLease, fenced } from '../../../lib/dynamodb/index.ts';
import { createElection, type Term } from '../../../lib/index.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { conflictingDynamoDb } from '../../support/network/conflicting-dynamodb.ts';
import { until } from '../../support/until.ts';

const WRITERS = 4;
const LEASE_MS = 2_000;

async function prepare() {
  const table = await freshTable();
  const { tableName } = table;
  const store = await conflictingDynamoDb({
    storeEndpoint: table.endpoint,
    tableName,
    transactionMs: 20,
  });
  const clientConfig = { ...table.clientConfig, endpoint: store.endpoint };
  const client = new DynamoDBClient(clientConfig);
  const election = createElection({
    name: 'busy',
    via: dynamoDbLease({ tableName, clientConfig }),
    timings: { leaseDurationMs: LEASE_MS },
  });
  onTestFinished(async () => {
    client.destroy();
    table[Symbol.dispose]();
    await store[Symbol.asyncDispose]();
  });
  return { client, election, store, TableName: tableName };
}

/** Writes without a pause of its own until told to stop. */
async function writeOn(term: Term, client: DynamoDBClient, TableName: string, stop: AbortSignal) {
  const writer = async (lane: number) => {
    // Each writer has a client of its own: the writers share only the term.
    const leader = fenced(client, term, { check: 'lease' });
    while (!stop.aborted) {
      const Item = { pk: { S: `row#${lane}` }, sk: { S: 'r' } };
      await leader.send(new PutItemCommand({ TableName, Item }));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, lane) => writer(lane)));
}

test('a leader that never stops lease-checked writing keeps its term', async () => {
  const { client, election, store, TableName } = await prepare();
  const term = await election.campaign();
  const stop = new AbortController();
  const writing = writeOn(term, client, TableName, stop.signal);
  const startedMs = performance.now();

  const forThreeLeases = () => term.signal.aborted || performance.now() - startedMs > 3 * LEASE_MS;
  await until(forThreeLeases);
  stop.abort();
  await writing;

  expect(term.signal.aborted).toBe(false);
  expect(store.transactions()).toBeGreaterThan(20);
  // Otherwise no write met a renewal, and the test would prove nothing.
  expect(store.conflicts.UpdateItem).toBeGreaterThan(0);
  expect(store.conflicts.TransactWriteItems).toBe(0);
  await term.resign();
});
