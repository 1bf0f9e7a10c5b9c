/**
 * The candidate rows of an election: who may lead, and what each candidate publishes. They are
 * written off the critical path, and no decision about safety rests on them.
 */
import { type AttributeValue, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { CandidateRow, Registration } from '../../ports.ts';
import { rowsQuery } from '../table/rows-query.ts';
import { CANDIDATE_PREFIX, candidateSortKeyOf, TTL_ATTRIBUTE } from '../table/schema.ts';

/** A candidate writes once an hour. It may miss one write; after the second its row expires. */
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
  // Attributes that this candidate does not state were never there: its id is new with each
  // process.
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

/** So long ago that a reader whose clock is an hour behind also takes the row as expired. */
const LEFT_SECONDS_AGO = 3_600;

/**
 * A candidate's row expires as it leaves, since no role may delete rows. An absent row stays
 * absent.
 */
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

const CANDIDATES_COMPARED_MAX = 200;

/** One page of the rows, eventually consistent: what a leader compares itself with. */
export function candidateRows(of: { tableName: string; election: string }): QueryCommand {
  return new QueryCommand(rowsQuery(of, CANDIDATE_PREFIX, { Limit: CANDIDATES_COMPARED_MAX }));
}

/** The candidates that have not left. A fact that does not parse is not stated, and decides nothing. */
export function contendersIn(
  rows: readonly Record<string, AttributeValue>[],
  nowEpochMs: number,
): readonly CandidateRow[] {
  return rows
    .filter((row) => Number(row[TTL_ATTRIBUTE]?.N) * 1_000 > nowEpochMs)
    .map(({ sk, registeredAtEpochMs, score, zone, version }) => ({
      candidateId: String(sk?.S).slice(CANDIDATE_PREFIX.length),
      registeredAtEpochMs: Number(registeredAtEpochMs?.N),
      score: score?.N === undefined ? undefined : Number(score.N),
      zone: zone?.S,
      version: version?.S,
    }));
}
