/** Messages that carry the token, and a consumer that reports the stale ones as failed. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { dynamoDbFence } from '../../lib/dynamodb/index.ts';
import { fencedMessage, fenceGuard, recordsGuard } from '../../lib/fence/index.ts';
import type { Term } from '../../lib/index.ts';

export async function order(term: Term, sqs: SQSClient, QueueUrl: string, item: string) {
  const message = fencedMessage(term, {
    QueueUrl,
    MessageBody: item,
    MessageGroupId: 'orders',
    // With the token in it: a new leader's message must not count as a repetition of the old one's.
    MessageDeduplicationId: `${item}-${term.token}`,
  });
  await sqs.send(new SendMessageCommand(message));
}

export function ordersHandler(
  client: DynamoDBClient,
  tableName: string,
  ship: (item: string) => Promise<void>,
) {
  const guard = fenceGuard({ store: dynamoDbFence({ client, tableName }) });
  return middy<SQSEvent>()
    .use(recordsGuard<SQSRecord>({ guard, resource: 'orders' }))
    .handler(async ({ Records }) => {
      for (const { body } of Records) await ship(body);
    });
}
