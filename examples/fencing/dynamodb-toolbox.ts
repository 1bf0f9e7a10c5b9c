/** DynamoDB-Toolbox over a fenced client: make a new table and entity for each term. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Entity, item, number, string, Table } from 'dynamodb-toolbox';
import { fenced } from '../../lib/dynamodb/index.ts';
import type { Term } from '../../lib/index.ts';

export function ordersOf(term: Term, documents: DynamoDBDocumentClient, name: string) {
  const table = new Table({
    name,
    documentClient: fenced(documents, term),
    partitionKey: { name: 'pk', type: 'string' },
    sortKey: { name: 'sk', type: 'string' },
  });
  return new Entity({
    name: 'Order',
    table,
    schema: item({
      id: string().key(),
      state: string().enum('open', 'settled'),
      total: number(),
    }),
    computeKey: ({ id }: { id: string }) => ({ pk: `order#${id}`, sk: 'order' }),
  });
}
