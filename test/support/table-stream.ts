/**
 * A table's stream, read whole: every version of every row, in the order in which each was written.
 */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';

/** Everything in the stream so far, in the shape in which Lambda delivers it. */
export async function readStream(
  clientConfig: DynamoDBClientConfig,
  streamArn: string,
): Promise<readonly DynamoDBRecord[]> {
  const client = new DynamoDBStreamsClient({ ...clientConfig } as object);
  try {
    const { StreamDescription } = await client.send(
      new DescribeStreamCommand({ StreamArn: streamArn }),
    );
    const shards = StreamDescription?.Shards ?? [];
    const perShard = await Promise.all(
      shards.map(({ ShardId }) => readShard(client, streamArn, ShardId ?? '')),
    );
    return perShard.flat();
  } finally {
    client.destroy();
  }
}

async function readShard(client: DynamoDBStreamsClient, streamArn: string, shardId: string) {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamArn: streamArn,
      ShardId: shardId,
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  );
  const records: DynamoDBRecord[] = [];
  let iterator = ShardIterator;
  while (iterator !== undefined) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
    records.push(...(page.Records ?? []).map(delivered));
    // An open shard has no last page; an empty one is all there is for now.
    iterator = page.Records?.length ? page.NextShardIterator : undefined;
  }
  return records;
}

function delivered(record: _Record): DynamoDBRecord {
  const text = JSON.stringify({ ...record, eventSource: 'aws:dynamodb' });
  // DynamoDB Local leaves the type of an empty map out of its stream; DynamoDB does not.
  return JSON.parse(text, (name, value) => (isUntyped(name, value) ? { M: {} } : value));
}

function isUntyped(name: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return name !== 'M' && Object.keys(value).length === 0;
}
