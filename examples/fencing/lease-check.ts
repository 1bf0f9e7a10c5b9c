/** The lease check: refused from the instant a newer leader is elected, also for a fresh row. */
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { fenced } from '../../lib/dynamodb/index.ts';
import type { Term } from '../../lib/index.ts';

/** Every payment is a row of its own, so no stamp could be there before. */
export async function pay(term: Term, client: DynamoDBClient, invoice: string): Promise<void> {
  const payments = fenced(client, term, { check: 'lease' });
  const Item = { pk: { S: `payment#${invoice}` }, sk: { S: 'payment' } };
  await payments.send(new PutItemCommand({ TableName: 'payments', Item }));
}

/** A table that only lease-checked code writes keeps no tombstones. */
export async function forget(term: Term, client: DynamoDBClient, session: string): Promise<void> {
  const sessions = fenced(client, term, { leaseChecked: ['sessions'] });
  const Key = { pk: { S: `session#${session}` }, sk: { S: 'session' } };
  await sessions.send(new DeleteItemCommand({ TableName: 'sessions', Key }));
}
