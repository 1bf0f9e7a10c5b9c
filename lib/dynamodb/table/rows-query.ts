/** The question for an election's rows of one kind: its terms, its candidates. */
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { partitionKeyOf } from './schema.ts';

export function rowsQuery(
  { tableName, election }: { readonly tableName: string; readonly election: string },
  prefix: string,
  how: Pick<QueryCommandInput, 'Limit' | 'ScanIndexForward' | 'ConsistentRead'>,
): QueryCommandInput {
  return {
    TableName: tableName,
    KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
    ExpressionAttributeValues: { ':pk': { S: partitionKeyOf(election) }, ':prefix': { S: prefix } },
    ...how,
  };
}
