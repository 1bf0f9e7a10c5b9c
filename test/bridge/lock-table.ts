/** A table of locks on DynamoDB Local, and a connection of ours to it that may fail. */
import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { onTestFinished } from 'vitest';
import type { LockDocuments } from '../../lib/index.ts';
import { type Faults, noFaults, through } from '../contract/other-lock.ts';
import { clientConfigFor, dynamoDbEndpoint } from '../support/dynamodb.ts';

export const KEY_NAME = 'id';

export async function lockTable() {
  const endpoint = await dynamoDbEndpoint();
  const client = new DynamoDBClient(clientConfigFor(endpoint));
  onTestFinished(() => client.destroy());
  const tableName = `locks-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: KEY_NAME, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: KEY_NAME, KeyType: 'HASH' }],
    }),
  );
  const documents = DynamoDBDocument.from(client);
  const key = { [KEY_NAME]: 'orders' };
  const failing = (faults: Faults = noFaults()): LockDocuments => ({
    get: (input, options) => through(faults, false, () => documents.get(input, options)),
    update: (input, options) => through(faults, true, () => documents.update(input, options)),
  });
  const row = async () => (await documents.get({ TableName: tableName, Key: key })).Item;
  /** As another program's write: a version that no holder knows. */
  const overwrite = (name: string, value: string | Uint8Array) =>
    documents.update({
      TableName: tableName,
      Key: key,
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    });
  return { endpoint, tableName, key, documents, failing, row, overwrite };
}
