/** The stamp: an ordinary conditional write, refused once a newer leader has written the row. */
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { fenced } from '../../lib/dynamodb/index.ts';
import { isTenureError, type Term } from '../../lib/index.ts';

export async function closeDay(
  term: Term,
  documents: DynamoDBDocumentClient,
  day: string,
): Promise<'closed' | 'already closed' | 'not the leader'> {
  const books = fenced(documents, term);
  const close = new PutCommand({
    TableName: 'books',
    Item: { pk: `day#${day}`, sk: 'day', state: 'closed' },
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  try {
    await books.send(close);
    return 'closed';
  } catch (error) {
    if (isTenureError(error, 'STALE_TOKEN')) return 'not the leader';
    if ((error as Error).name === 'ConditionalCheckFailedException') return 'already closed';
    throw error;
  }
}
