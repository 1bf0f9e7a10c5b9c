/**
 * A write that no late attempt of the same term can undo: its condition names what was read. The token alone
 * does not help here, since every attempt of a term carries the same one.
 */
import {
  type DynamoDBDocumentClient,
  PutCommand,
  UpdateCommand,
  type UpdateCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { fenced } from '../../lib/dynamodb/index.ts';
import type { Term } from '../../lib/index.ts';

interface Stock {
  readonly amount: number;
  /** New with each write, and never used again. */
  readonly version: string;
}

/** Resolves to what is left. Rejects where the row has changed meanwhile: then read it again. */
export async function take(
  term: Term,
  documents: DynamoDBDocumentClient,
  item: string,
  amount: number,
): Promise<number> {
  const stocks = fenced(documents, term);
  const Key = { pk: `stock#${item}`, sk: 'stock' };
  // A fenced read: no older leader can write from here on.
  const raise = new UpdateCommand({ TableName: 'stocks', Key, ReturnValues: 'ALL_NEW' });
  const { Attributes: read }: UpdateCommandOutput = await stocks.send(raise);
  const seen = read as Partial<Stock> | undefined;
  const left = (seen?.amount ?? 0) - amount;
  const write = new PutCommand({
    TableName: 'stocks',
    Item: { ...Key, amount: left, version: crypto.randomUUID() },
    ...(seen?.version === undefined
      ? { ConditionExpression: 'attribute_not_exists(version)' }
      : {
          ConditionExpression: 'version = :seen',
          ExpressionAttributeValues: { ':seen': seen.version },
        }),
  });
  await stocks.send(write);
  return left;
}
