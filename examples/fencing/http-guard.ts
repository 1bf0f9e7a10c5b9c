/** A printer's HTTP handler that takes pages from the current leader alone, and the leader's side. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { dynamoDbFence } from '../../lib/dynamodb/index.ts';
import { fencedFetch, fenceGuard, fencingGuard } from '../../lib/fence/index.ts';
import type { Term } from '../../lib/index.ts';

export function printerHandler(
  client: DynamoDBClient,
  tableName: string,
  print: (page: string) => Promise<void>,
) {
  const guard = fenceGuard({ store: dynamoDbFence({ client, tableName }) });
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(fencingGuard<APIGatewayProxyEventV2>({ guard, resource: 'printer' }))
    .handler(async ({ body }) => {
      await print(body ?? '');
      return { statusCode: 204 };
    });
}

/** Throws `StaleTokenError` when the printer has taken a page from a newer leader. */
export async function printPage(term: Term, url: string, page: string): Promise<void> {
  await fencedFetch(term)(url, { method: 'POST', body: page });
}
