/**
 * The highest stamp that the rows of a table keep: where a new election must begin above the old one.
 *
 * Reads the whole table, strongly consistently, and takes nothing from it but the stamps.
 */
import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { parseToken, type Token } from '../../core/token.ts';
import { MalformedDataError } from '../../errors.ts';
import { failureOf } from '../election/answers.ts';

/** Whose stamps are read, and where. */
export interface StampsToRead {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Default `fencingToken`, as the fence's. */
  readonly stampAttribute?: string | undefined;
  /** Aborting it ends the scan. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Named in errors. Left out: they name the table alone. */
  readonly endpoint?: string | undefined;
}

/**
 * The highest stamp, or `undefined` where no row has one. A deleted row's tombstone counts too. Costs what a
 * scan of the table costs.
 * @throws NotFoundError, AccessDeniedError, UnreachableError; MalformedDataError for a stamp that is no token:
 * taken for none, it would let an old leader in.
 */
export async function highestStamp(options: StampsToRead): Promise<Token | undefined> {
  const { client, tableName, stampAttribute = 'fencingToken', signal, endpoint } = options;
  const input = {
    TableName: tableName,
    ConsistentRead: true,
    FilterExpression: 'attribute_exists(#stamp)',
    ProjectionExpression: '#stamp',
    ExpressionAttributeNames: { '#stamp': stampAttribute },
  };
  let highest: Token | undefined;
  try {
    for await (const { Items = [] } of paginateScan({ client }, input, { abortSignal: signal })) {
      for (const { [stampAttribute]: stamp } of Items) {
        const token = parseToken(stamp?.N ?? '');
        if (token === undefined) throw malformed(tableName, stampAttribute, stamp);
        if (highest === undefined || token > highest) highest = token;
      }
    }
  } catch (error) {
    if (error instanceof MalformedDataError) throw error;
    throw failureOf(error, { tableName, endpoint }).cause;
  }
  return highest;
}

function malformed(tableName: string, attribute: string, stamp: unknown): MalformedDataError {
  return new MalformedDataError(
    `a row of table ${tableName} has ${attribute} ${JSON.stringify(stamp)}, which is no token; name the attribute ` +
      'that keeps the stamps, or repair that row',
  );
}
