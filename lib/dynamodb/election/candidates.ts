/**
 * The candidate rows of an election: who may lead, and what it says of itself. Written off the critical
 * path; no decision about safety rests on them.
 */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Registration } from '../../ports.ts';
import { candidateSortKeyOf, TTL_ATTRIBUTE } from '../table/schema.ts';

/** A candidate writes once an hour: it may miss one, and is taken for gone after the second. */
const KEPT_SECONDS = 2.5 * 3_600;

export function recordCandidate(row: {
  tableName: string;
  pk: string;
  registration: Registration;
}): UpdateItemCommand {
  const { candidateId, score, zone, version, ...times } = row.registration;
  const expiresAt = Math.floor(times.registeredAtEpochMs / 1_000 + KEPT_SECONDS);
  const values = {
    startedAtEpochMs: { N: String(times.startedAtEpochMs) },
    registeredAtEpochMs: { N: String(times.registeredAtEpochMs) },
    [TTL_ATTRIBUTE]: { N: String(expiresAt) },
    ...(score !== undefined && { score: { N: String(score) } }),
    ...(zone !== undefined && { zone: { S: zone } }),
    ...(version !== undefined && { version: { S: version } }),
  };
  const names = Object.keys(values);
  // What this candidate does not state it never stated: its id is new with each process.
  return new UpdateItemCommand({
    TableName: row.tableName,
    Key: { pk: { S: row.pk }, sk: { S: candidateSortKeyOf(candidateId) } },
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`:${name}`, value]),
    ),
  });
}

/** Before this the row is taken for gone, by a reader whose clock is an hour behind too. */
const LEFT_SECONDS_AGO = 3_600;

/** A candidate's row expires as it leaves: nothing is granted that deletes. A row that is not there stays so. */
export function expireCandidate(row: {
  tableName: string;
  pk: string;
  candidateId: string;
  nowEpochMs: number;
}): UpdateItemCommand {
  const expiresAt = Math.floor(row.nowEpochMs / 1_000) - LEFT_SECONDS_AGO;
  return new UpdateItemCommand({
    TableName: row.tableName,
    Key: { pk: { S: row.pk }, sk: { S: candidateSortKeyOf(row.candidateId) } },
    UpdateExpression: 'SET #ttl = :past',
    ConditionExpression: 'attribute_exists(#ttl)',
    ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE },
    ExpressionAttributeValues: { ':past': { N: String(expiresAt) } },
  });
}
