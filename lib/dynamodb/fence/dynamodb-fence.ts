/**
 * The highest tokens of a guard in DynamoDB: one row for each resource, never deleted.
 *
 * Decides when a row is written: when the token rises, as far as this process knows. A token that
 * this process has raised or seen costs a strongly consistent read. A lower token is refused
 * without a request, since a stored token only rises. Assumes that the rows are never deleted and
 * carry no TTL.
 */
import {
  type ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { formatToken, parseToken, type Token } from '../../core/token.ts';
import type { AttributeNames } from '../../environment.ts';
import { MalformedDataError } from '../../errors.ts';
import type { FenceStore } from '../../ports.ts';
import { isConditionFailure } from '../election/answers.ts';
import { keyItem } from '../table/attribute-names.ts';
import { DEFAULT_TABLE_NAME } from '../table/schema.ts';

/** What `dynamoDbFence` takes. */
export interface DynamoDbFenceOptions {
  readonly client: DynamoDBClient;
  /** A table with the keys `pk` and `sk`, such as the lease table. Default: `tenure`. */
  readonly tableName?: string | undefined;
  /** What a table that exists already calls its keys. Default: as `createLeaseTable` does. */
  readonly attributeNames?: AttributeNames | undefined;
}

type Raise = Parameters<FenceStore['raise']>[0];

/**
 * Resources remembered in memory. Beyond this number, those asked for longest ago are read again.
 */
const REMEMBERED_MAX = 10_000;

/**
 * Keeps the highest token of each resource in a table, for `fenceGuard`: a write where a token rises,
 * else a strongly consistent read.
 */
export function dynamoDbFence(options: DynamoDbFenceOptions): FenceStore {
  const { client, tableName: TableName = DEFAULT_TABLE_NAME, attributeNames } = options;
  const keyOf = (resource: string) =>
    keyItem({ pk: `fence#${resource}`, sk: 'fence' }, attributeNames);
  const known = new Map<string, Token>();

  /** Answers may come out of order; what is remembered only rises. */
  function remember(resource: string, token: Token): Token {
    const seen = known.get(resource);
    known.delete(resource);
    known.set(resource, seen !== undefined && seen > token ? seen : token);
    const oldest = known.keys().next();
    if (known.size > REMEMBERED_MAX && !oldest.done) known.delete(oldest.value);
    return token;
  }

  async function stored(resource: string): Promise<Token | undefined> {
    const Key = keyOf(resource);
    const { Item } = await client.send(
      new GetItemCommand({ TableName, Key, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : tokenIn(Item.token?.N, resource);
  }

  async function raise({ resource, token, stepMax = token }: Raise): Promise<Token> {
    const least = token > stepMax ? token - stepMax : 0n;
    // An absent token counts as 0.
    const absent = least === 0n ? 'attribute_not_exists(#token) OR ' : '';
    const update = new UpdateItemCommand({
      TableName,
      Key: keyOf(resource),
      UpdateExpression: 'SET #token = :token',
      // At most the token: no higher token was admitted, and none is lowered. At least `least`: one
      // claim with a far too high token must not refuse every later leader.
      ConditionExpression: `${absent}#token BETWEEN :least AND :token`,
      ExpressionAttributeNames: { '#token': 'token' },
      ExpressionAttributeValues: {
        ':token': { N: formatToken(token) },
        ':least': { N: formatToken(least) },
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await client.send(update);
      return token;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      const { Item } = error as ConditionalCheckFailedException;
      return Item === undefined ? 0n : tokenIn(Item.token?.N, resource);
    }
  }

  return {
    async raise(claim) {
      const { resource, token } = claim;
      const seen = known.get(resource);
      if (seen !== undefined && seen > token) return seen;
      const found = seen === token ? await stored(resource) : undefined;
      const isThere = found !== undefined && found >= token;
      return remember(resource, isThere ? found : await raise(claim));
    },
  };
}

function tokenIn(text: string | undefined, resource: string): Token {
  const token = parseToken(text ?? '');
  if (token !== undefined) return token;
  throw new MalformedDataError(
    `the fence of resource ${JSON.stringify(resource)} must hold a whole number of at most 38 ` +
      `digits, got ${text}; set attribute "token" to the highest token that was admitted`,
  );
}
