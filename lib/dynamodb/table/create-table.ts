/**
 * Creating and checking the lease table where no CDK does it: locally, in tests, in scripts.
 */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { AttributeNames } from '../../environment.ts';
import { MalformedDataError } from '../../errors.ts';
import { failureOf } from '../election/answers.ts';
import { nameIn } from './attribute-names.ts';
import { TABLE_DEFINITION } from './schema.ts';

const CREATE_SECONDS_MAX = 60;

/** Creates the table with its TTL attribute where it does not exist yet, and waits until it is usable. */
export async function createLeaseTable(
  client: DynamoDBClient,
  tableName: string,
  attributeNames?: AttributeNames,
): Promise<void> {
  const { KeySchema, AttributeDefinitions, BillingMode } = TABLE_DEFINITION;
  const named = <T extends { readonly AttributeName: string }>(attribute: T) => ({
    ...attribute,
    AttributeName: nameIn(attributeNames, attribute.AttributeName),
  });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        KeySchema: KeySchema.map(named),
        AttributeDefinitions: AttributeDefinitions.map(named),
        BillingMode,
      }),
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceInUseException') return;
    throw failureOf(error, { tableName }).cause;
  }
  await waitUntilTableExists(
    { client, maxWaitTime: CREATE_SECONDS_MAX, minDelay: 1, maxDelay: 2 },
    { TableName: tableName },
  );
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: tableName,
      TimeToLiveSpecification: { AttributeName: nameIn(attributeNames, 'ttl'), Enabled: true },
    }),
  );
}

/**
 * @throws NotFoundError, AccessDeniedError or UnreachableError from the service; MalformedDataError for
 * a table whose keys are not ours.
 */
export async function checkLeaseTable(
  client: DynamoDBClient,
  tableName: string,
  {
    endpoint,
    attributeNames,
  }: {
    readonly endpoint?: string | undefined;
    readonly attributeNames?: AttributeNames | undefined;
  } = {},
): Promise<TableDescription> {
  const described = await client
    .send(new DescribeTableCommand({ TableName: tableName }))
    .catch((error: unknown) => {
      throw failureOf(error, { tableName, endpoint }).cause;
    });
  const table = described.Table ?? {};
  const shape = (table.KeySchema ?? []).map(({ AttributeName, KeyType }) => {
    const type = table.AttributeDefinitions?.find((a) => a.AttributeName === AttributeName);
    return `${AttributeName} ${KeyType} ${type?.AttributeType}`;
  });
  const wanted = `${nameIn(attributeNames, 'pk')} HASH S, ${nameIn(attributeNames, 'sk')} RANGE S`;
  if (shape.join(', ') !== wanted) {
    throw new MalformedDataError(
      `table ${JSON.stringify(tableName)} must have the keys ${wanted}, got ${shape.join(', ')}; ` +
        'name a table that was created for this purpose, or its keys in attributeNames',
    );
  }
  return table;
}
