/** The stamp: an ordinary conditional write, refused once a newer leader has written the row. */
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { fenced } from '../../lib/dynamodb/index.ts';
import { isTenureError, type Term } from '../../lib/index.ts';

export async function closeDay(
  term: Term,
  documents: DynamoDBDocumentClient,
  day: string,
): Promise<'closed' | 'already closed' | 'left to the next leader' | 'not known'> {
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
    // Another leader was elected. Only `unknown` leaves open whether the day was closed by this call.
    if (isTenureError(error, 'STALE_TOKEN') || isTenureError(error, 'LEADERSHIP_LOST')) {
      return error.outcome === 'unknown' ? 'not known' : 'left to the next leader';
    }
    if ((error as Error).name === 'ConditionalCheckFailedException') return 'already closed';
    throw error;
  }
}
