/**
 * The candidate rows of an election: who may lead, and what each candidate publishes. They are
 * written off the critical path, and no decision about safety rests on them.
 */
import {
  type AttributeValue,
  QueryCommand,
  type UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { CandidateRow, Registration } from '../../ports.ts';
import { rowUpdate } from '../table/row-update.ts';
import { type RowsOfElection, rowsQuery } from '../table/rows-query.ts';
import { CANDIDATE_PREFIX, candidateSortKeyOf } from '../table/schema.ts';

/** A candidate writes once an hour. It may miss one write; after the second its row expires. */
const KEPT_SECONDS = 2.5 * 3_600;

export function recordCandidate(
  of: RowsOfElection,
  { candidateId, score, zone, version, ...times }: Registration,
): UpdateItemCommand {
  const expiresAt = Math.floor(times.registeredAtEpochMs / 1_000 + KEPT_SECONDS);
  // Attributes that this candidate does not state were never there: its id is new with each
  // process.
  return rowUpdate(of, {
    sk: candidateSortKeyOf(candidateId),
    set: {
      startedAtEpochMs: { N: String(times.startedAtEpochMs) },
      registeredAtEpochMs: { N: String(times.registeredAtEpochMs) },
      ttl: { N: String(expiresAt) },
      ...(score !== undefined && { score: { N: String(score) } }),
      ...(zone !== undefined && { zone: { S: zone } }),
      ...(version !== undefined && { version: { S: version } }),
    },
  });
}

/** So long ago that a reader whose clock is an hour behind also takes the row as expired. */
const LEFT_SECONDS_AGO = 3_600;

/**
 * A candidate's row expires as it leaves, since no role may delete rows. An absent row stays
 * absent.
 */
export function expireCandidate(
  of: RowsOfElection,
  candidateId: string,
  nowEpochMs: number,
): UpdateItemCommand {
  const expiresAt = Math.floor(nowEpochMs / 1_000) - LEFT_SECONDS_AGO;
  return rowUpdate(of, {
    sk: candidateSortKeyOf(candidateId),
    set: { ttl: { N: String(expiresAt) } },
    condition: 'attribute_exists(#ttl)',
  });
}

const CANDIDATES_COMPARED_MAX = 200;

/** One page of the rows, eventually consistent: what a leader compares itself with. */
export function candidateRows(of: RowsOfElection): QueryCommand {
  return new QueryCommand(rowsQuery(of, CANDIDATE_PREFIX, { Limit: CANDIDATES_COMPARED_MAX }));
}

/** The candidates that have not left. A fact that does not parse is not stated, and decides nothing. */
export function contendersIn(
  rows: readonly Record<string, AttributeValue>[],
  nowEpochMs: number,
): readonly CandidateRow[] {
  return rows
    .filter((row) => Number(row.ttl?.N) * 1_000 > nowEpochMs)
    .map(({ sk, registeredAtEpochMs, score, zone, version }) => ({
      candidateId: String(sk?.S).slice(CANDIDATE_PREFIX.length),
      registeredAtEpochMs: Number(registeredAtEpochMs?.N),
      score: score?.N === undefined ? undefined : Number(score.N),
      zone: zone?.S,
      version: version?.S,
    }));
}
