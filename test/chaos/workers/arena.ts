/**
 * What a chaos run is fought over: a table of its own with a stream, and a queue where a baton elects.
 *
 * The table's stream has every version of every row, so nothing that is judged was sampled.
 */
import { randomUUID } from 'node:crypto';
import { DescribeTableCommand, DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';
import { createLeaseTable } from '../../../lib/dynamodb/index.ts';
import { seedBaton } from '../../../lib/sqs/index.ts';
import { clientConfigFor } from '../../support/dynamodb.ts';
import { type StrictSqs, startStrictSqs } from '../../support/sqs/strict-sqs.ts';
import { readStream } from '../../support/table-stream.ts';
import { ELECTION, QUEUE, TIMINGS, type Via, type Way } from './ways.ts';

export interface Arena extends AsyncDisposable {
  /** What elects. */
  readonly way: Way;
  readonly tableName: string;
  /** Of the store or queue that elects, and of the shared rows. */
  readonly endpoints: Readonly<Record<'election' | 'resource', string>>;
  /** Every write to the table so far, in order. */
  versions(): Promise<readonly DynamoDBRecord[]>;
  /** Lets the numbers of the queue leap, as SQS's do between two messages. */
  skipNumbers(): void;
  /** How many batons are in the queue, in flight or not; absent where a lease elects. */
  batons(): number | undefined;
}

/** SQS's own numbers have 20 digits; the emulator's count from 1. */
const NUMBERED_FROM = 18_889_000_000_000_000_000n;
const NUMBERS_SKIPPED = 1_000_000_000n;
/** SQS's longest. */
const RETENTION_SECONDS = 1_209_600;

export async function openArena(via: Via, dynamoDbEndpoint: string): Promise<Arena> {
  const clientConfig = clientConfigFor(dynamoDbEndpoint);
  const client = new DynamoDBClient(clientConfig);
  const tableName = `chaos-${randomUUID()}`;
  const streamArn = await createStreamedTable(client, tableName);
  const sqs = via === 'baton' ? await startStrictSqs() : undefined;
  if (sqs !== undefined) await createQueue(sqs);
  let numberedFrom = NUMBERED_FROM;
  const way: Way =
    sqs === undefined
      ? { via: 'lease', endpoint: dynamoDbEndpoint, tableName }
      : { via: 'baton', endpoint: sqs.endpoint };
  return {
    way,
    tableName,
    endpoints: { election: way.endpoint, resource: dynamoDbEndpoint },
    versions: () => readStream(clientConfig, streamArn),
    skipNumbers() {
      numberedFrom += NUMBERS_SKIPPED;
      sqs?.numberFrom(QUEUE, numberedFrom);
    },
    batons() {
      const counts = sqs?.queue(QUEUE).counts();
      return counts && counts.visible + counts.inFlight;
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await sqs?.[Symbol.asyncDispose]();
    },
  };
}

async function createStreamedTable(client: DynamoDBClient, TableName: string): Promise<string> {
  await createLeaseTable(client, TableName);
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } as const;
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  if (Table?.LatestStreamArn === undefined) throw new Error('the table has no stream');
  return Table.LatestStreamArn;
}

async function createQueue(sqs: StrictSqs): Promise<void> {
  const visibilitySeconds = Number(TIMINGS.baton.leaseDurationMs) / 1_000;
  const { QueueUrl: queueUrl = '' } = await sqs.client.send(
    new CreateQueueCommand({
      QueueName: QUEUE,
      Attributes: {
        FifoQueue: 'true',
        VisibilityTimeout: String(visibilitySeconds),
        MessageRetentionPeriod: String(RETENTION_SECONDS),
      },
    }),
  );
  sqs.numberFrom(QUEUE, NUMBERED_FROM);
  await seedBaton({ queueUrl, election: ELECTION, clientConfig: sqs.clientConfig });
}
