/** ElectroDB over a fenced client: make a new entity for each term. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'electrodb';
import { fenced } from '../../lib/dynamodb/index.ts';
import type { Term } from '../../lib/index.ts';

export function ordersOf(term: Term, documents: DynamoDBDocumentClient, table: string) {
  return new Entity(
    {
      model: { entity: 'order', version: '1', service: 'shop' },
      attributes: {
        id: { type: 'string', required: true },
        state: { type: ['open', 'settled'] as const, required: true },
        total: { type: 'number', required: true },
      },
      indexes: {
        byId: {
          pk: { field: 'pk', composite: ['id'] },
          sk: { field: 'sk', composite: [] },
        },
      },
    },
    { client: fenced(documents, term), table },
  );
}
