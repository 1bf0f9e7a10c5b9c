/** The write of one of an election's rows beside its record: a term, or a candidate. */
import { type AttributeValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { keyItem, namesOf } from './attribute-names.ts';
import type { RowsOfElection } from './rows-query.ts';
import { partitionKeyOf } from './schema.ts';

interface RowUpdate {
  readonly sk: string;
  /** Each attribute and its value, under the names that `namesOf` translates. */
  readonly set: Readonly<Record<string, AttributeValue>>;
  readonly condition?: string;
}

export function rowUpdate(
  { tableName, election, attributeNames }: RowsOfElection,
  { sk, set, condition }: RowUpdate,
): UpdateItemCommand {
  const names = Object.keys(set);
  const update = `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`;
  return new UpdateItemCommand({
    TableName: tableName,
    Key: keyItem({ pk: partitionKeyOf(election), sk }, attributeNames),
    UpdateExpression: update,
    ConditionExpression: condition,
    ExpressionAttributeNames: namesOf([update, condition].join(), attributeNames),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(set).map(([name, value]) => [`:${name}`, value]),
    ),
  });
}
