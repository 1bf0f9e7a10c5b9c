/**
 * The history rows of an election: who led, since when, and why it ended. Written off the critical path.
 *
 * The newest row carries no TTL. If the record is ever deleted, this row keeps a first acquire from
 * starting the token again.
 */
import { QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { formatToken, type Token } from '../../core/token.ts';
import type { TermEntry } from '../../ports.ts';
import { rowsQuery } from '../table/rows-query.ts';
import { TERM_PREFIX, TTL_ATTRIBUTE, termSortKeyOf } from '../table/schema.ts';
import { mapOf } from './stored-record.ts';

const SECONDS_PER_DAY = 86_400;

/** Sets what the entry knows. The two rows of a term, begun and ended, may arrive in either order. */
export function recordTerm(row: {
  tableName: string;
  pk: string;
  entry: TermEntry;
}): UpdateItemCommand {
  const { token, candidateId, electedAtEpochMs, endedAtEpochMs, why, attributes } = row.entry;
  const ended = endedAtEpochMs !== undefined && why !== undefined;
  return new UpdateItemCommand({
    TableName: row.tableName,
    Key: { pk: { S: row.pk }, sk: { S: termSortKeyOf(token) } },
    UpdateExpression:
      'SET #token = :token, #holder = :holder, #electedAt = :electedAt' +
      (ended ? ', #endedAt = :endedAt, #why = :why' : '') +
      (attributes ? ', #attributes = :attributes' : ''),
    ExpressionAttributeNames: {
      '#token': 'token',
      '#holder': 'holder',
      '#electedAt': 'electedAtEpochMs',
      ...(ended ? { '#endedAt': 'endedAtEpochMs', '#why': 'why' } : {}),
      ...(attributes && { '#attributes': 'attributes' }),
    },
    ExpressionAttributeValues: {
      ':token': { N: formatToken(token) },
      ':holder': { S: candidateId },
      ':electedAt': { N: String(electedAtEpochMs) },
      ...(ended ? { ':endedAt': { N: String(endedAtEpochMs) }, ':why': { S: why } } : {}),
      ...(attributes && { ':attributes': mapOf(attributes) }),
    },
  });
}

/** Lets DynamoDB delete a row that a newer one has replaced as the newest. */
export function expireTerm(row: {
  tableName: string;
  pk: string;
  token: Token;
  historyDays: number;
}): UpdateItemCommand {
  const expiresAt = Math.floor(Date.now() / 1000) + row.historyDays * SECONDS_PER_DAY;
  return new UpdateItemCommand({
    TableName: row.tableName,
    Key: { pk: { S: row.pk }, sk: { S: termSortKeyOf(row.token) } },
    // Without it a term that left no row would get a row that holds only a date of expiry.
    ConditionExpression: 'attribute_exists(#pk)',
    UpdateExpression: 'SET #ttl = :expiresAt',
    ExpressionAttributeNames: { '#pk': 'pk', '#ttl': TTL_ATTRIBUTE },
    ExpressionAttributeValues: { ':expiresAt': { N: String(expiresAt) } },
  });
}

/** Finds the newest row, strongly consistently: no later term may be missed. */
export function newestTerm(of: { tableName: string; election: string }): QueryCommand {
  const how = { ScanIndexForward: false, Limit: 1, ConsistentRead: true };
  return new QueryCommand(rowsQuery(of, TERM_PREFIX, how));
}
