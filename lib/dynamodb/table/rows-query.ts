/** The question for an election's rows of one kind: its terms, its candidates. */
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { AttributeNames } from '../../environment.ts';
import { namesOf } from './attribute-names.ts';
import { partitionKeyOf } from './schema.ts';

/** The rows of one election in one table. */
export interface RowsOfElection {
  readonly tableName: string;
  readonly election: string;
  /** What the table calls its keys and its TTL attribute. Default: as `createLeaseTable` does. */
  readonly attributeNames?: AttributeNames | undefined;
}

const OF_ONE_KIND = '#pk = :pk AND begins_with(#sk, :prefix)';

export function rowsQuery(
  { tableName, election, attributeNames }: RowsOfElection,
  prefix: string,
  how: Pick<QueryCommandInput, 'Limit' | 'ScanIndexForward' | 'ConsistentRead'>,
): QueryCommandInput {
  return {
    TableName: tableName,
    KeyConditionExpression: OF_ONE_KIND,
    ExpressionAttributeNames: namesOf(OF_ONE_KIND, attributeNames),
    ExpressionAttributeValues: { ':pk': { S: partitionKeyOf(election) }, ':prefix': { S: prefix } },
    ...how,
  };
}
