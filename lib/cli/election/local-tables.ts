/**
 * The tables of a local DynamoDB: the lease table, and those that a program of the user's writes to.
 */
import {
  CreateTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import { InvalidArgumentError } from 'commander';
import { createLeaseTable } from '../../dynamodb/index.ts';
import { parseTableName } from './store-options.ts';

/** A table of the user's own: its name, and its partition key, which is a text. */
export interface OwnTable {
  readonly name: string;
  readonly key: string;
}

/** `ledger:id`, once for each table. */
export function parseOwnTable(text: string, before: readonly OwnTable[] = []): OwnTable[] {
  const [, name, key] = /^([^:]+):([^:]{1,255})$/.exec(text) ?? [];
  if (name === undefined || key === undefined) {
    throw new InvalidArgumentError('Give a table and its key, such as ledger:id.');
  }
  return [...before, { name: parseTableName(name), key }];
}

/** Creates what is not there yet. DynamoDB Local takes any credentials, but the SDK sends nothing without. */
export async function createTables(
  endpoint: string,
  { lease, own }: { readonly lease: string; readonly own: readonly OwnTable[] },
): Promise<void> {
  const client = new DynamoDBClient(localConfig(endpoint, process.env));
  try {
    await createLeaseTable(client, lease);
    for (const table of own) await createOwnTable(client, table);
  } finally {
    client.destroy();
  }
}

function localConfig(endpoint: string, env: NodeJS.ProcessEnv): DynamoDBClientConfig {
  const region = env.AWS_REGION ?? 'us-east-1';
  if (env.AWS_ACCESS_KEY_ID) return { endpoint, region };
  return { endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}

async function createOwnTable(client: DynamoDBClient, { name, key }: OwnTable): Promise<void> {
  const create = new CreateTableCommand({
    TableName: name,
    KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  });
  await client.send(create).catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'ResourceInUseException')) throw error;
  });
}
