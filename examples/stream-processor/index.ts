/**
 * A Kinesis stream of orders folded into one running total: many shards and many environments, one writer.
 *
 * A batch that arrives at an invocation that does not lead is handed back whole. A batch that nears
 * its deadline is handed back from the first record that was not done. So nothing is lost, and the
 * next delivery goes on there.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { checkpoint, dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { createElection, electionFromEnvironment, type Term } from '../../lib/index.ts';
import { leaderOnly } from '../../lib/lambda/index.ts';

interface Totals {
  readonly cents: number;
  /** The last record of each shard that is in the sum: a record that comes again is not added again. */
  readonly lastOf: Readonly<Record<string, string>>;
}

const { name, tableName, timings } = electionFromEnvironment();
const client = new DynamoDBClient();
const election = createElection({
  name,
  via: dynamoDbLease({ client, tableName }),
  timings: { clockErrorMsMax: 1_000, ...timings },
});
const leader = leaderOnly({ election, notLeading: 'batchItemFailures', setToContext: true });

async function addUp(
  event: KinesisStreamEvent,
  { term }: Context & { readonly term?: Term },
): Promise<KinesisStreamBatchResponse> {
  if (term === undefined) throw new Error('leaderOnly must come before this handler');
  const saved = checkpoint<Totals>(term, {
    client,
    tableName: process.env.TOTALS_TABLE ?? 'totals',
    key: { pk: 'order-totals', sk: 'totals' },
    schemaVersion: 1,
    parse: (state) => state as Totals,
  });
  let totals = (await saved.load()) ?? { cents: 0, lastOf: {} };
  for (const { eventID, kinesis } of event.Records) {
    // Sequence numbers rise within a shard; an event's id is `shardId:sequenceNumber`.
    const { sequenceNumber } = kinesis;
    const shard = eventID.slice(0, eventID.indexOf(':'));
    if (term.signal.aborted) {
      await saved.save(totals);
      return { batchItemFailures: [{ itemIdentifier: sequenceNumber }] };
    }
    if (BigInt(sequenceNumber) <= BigInt(totals.lastOf[shard] ?? 0)) continue;
    const order = JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as { cents: number };
    const lastOf = { ...totals.lastOf, [shard]: sequenceNumber };
    totals = { cents: totals.cents + order.cents, lastOf };
  }
  await saved.save(totals);
  return { batchItemFailures: [] };
}

/** `requestEnd` releases also where a middleware after `leader` answers early. */
export const handler = middy(addUp, { requestEnd: leader.requestEnd }).use(leader);
