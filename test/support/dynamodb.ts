/**
 * DynamoDB Local for a test: the run's endpoint, a client, and a table of one's own.
 */
import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AttributeNames } from '../../lib/dynamodb/index.ts';
import { TABLE_DEFINITION } from '../../lib/dynamodb/table/schema.ts';
import { madeOnce } from './made-once.ts';

/** Where the run's DynamoDB Local answers; the first call starts it. */
export async function dynamoDbEndpoint(): Promise<string> {
  return (await madeOnce<{ endpoint: string }>('/dynamodb')).endpoint;
}

/** What a client needs to reach a local endpoint. */
export function clientConfigFor(endpoint: string): DynamoDBClientConfig {
  return {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}

/** The environment of a child process that is to reach a local endpoint. */
export function environmentFor(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

export interface FreshTable extends Disposable {
  readonly tableName: string;
  readonly attributeNames: AttributeNames | undefined;
  readonly endpoint: string;
  readonly clientConfig: DynamoDBClientConfig;
  readonly client: DynamoDBClient;
  /** The key of a row that no other test uses. */
  freshKey(): RowKey;
  /** A row as it is stored, through the plain client. */
  stored(key: RowKey): Promise<Record<string, AttributeValue> | undefined>;
}

export interface RowKey extends Record<string, AttributeValue> {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
}

/** An empty lease table with a name of its own. Disposing closes the client; the table dies with the run. */
export async function freshTable(attributeNames?: AttributeNames): Promise<FreshTable> {
  const endpoint = await dynamoDbEndpoint();
  const clientConfig = clientConfigFor(endpoint);
  const client = new DynamoDBClient(clientConfig);
  const tableName = `tenure-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({ TableName: tableName, ...tableDefinition(attributeNames) }),
  );
  let rows = 0;
  return {
    ...{ tableName, attributeNames, endpoint, clientConfig, client },
    freshKey() {
      rows += 1;
      return { pk: { S: `row#${rows}` }, sk: { S: 'r' } };
    },
    async stored(Key) {
      const read = new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true });
      return (await client.send(read)).Item;
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

/** The SDK's types want arrays that may be written to. */
function tableDefinition(names: AttributeNames | undefined) {
  const named = <T extends { readonly AttributeName: 'pk' | 'sk' }>(attribute: T) => ({
    ...attribute,
    AttributeName: names?.[attribute.AttributeName] ?? attribute.AttributeName,
  });
  return {
    KeySchema: TABLE_DEFINITION.KeySchema.map(named),
    AttributeDefinitions: TABLE_DEFINITION.AttributeDefinitions.map(named),
    BillingMode: TABLE_DEFINITION.BillingMode,
  };
}
