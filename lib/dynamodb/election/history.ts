/**
 * The history rows of an election: who led, since when, and why it ended. Written off the critical path.
 *
 * The newest row carries no TTL. If the record is ever deleted, this row keeps a first acquire from
 * starting the token again.
 */
import { QueryCommand, type UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { formatToken, type Token } from '../../core/token.ts';
import type { TermEntry } from '../../ports.ts';
import { rowUpdate } from '../table/row-update.ts';
import { type RowsOfElection, rowsQuery } from '../table/rows-query.ts';
import { TERM_PREFIX, termSortKeyOf } from '../table/schema.ts';
import { mapOf } from './stored-record.ts';

const SECONDS_PER_DAY = 86_400;

/** Sets what the entry knows. The two rows of a term, begun and ended, may arrive in either order. */
export function recordTerm(of: RowsOfElection, entry: TermEntry): UpdateItemCommand {
  const { token, candidateId, electedAtEpochMs, endedAtEpochMs, why, attributes } = entry;
  const ended = endedAtEpochMs !== undefined && why !== undefined;
  return rowUpdate(of, {
    sk: termSortKeyOf(token),
    set: {
      token: { N: formatToken(token) },
      holder: { S: candidateId },
      electedAtEpochMs: { N: String(electedAtEpochMs) },
      ...(ended && { endedAtEpochMs: { N: String(endedAtEpochMs) }, why: { S: why } }),
      ...(attributes && { attributes: mapOf(attributes) }),
    },
  });
}

/** Lets DynamoDB delete a row that a newer one has replaced as the newest. */
export function expireTerm(
  of: RowsOfElection & { readonly historyDays: number },
  token: Token,
): UpdateItemCommand {
  const expiresAt = Math.floor(Date.now() / 1000) + of.historyDays * SECONDS_PER_DAY;
  return rowUpdate(of, {
    sk: termSortKeyOf(token),
    set: { ttl: { N: String(expiresAt) } },
    // Without it a term that left no row would get a row that holds only a date of expiry.
    condition: 'attribute_exists(#pk)',
  });
}

/** Finds the newest row, strongly consistently: no later term may be missed. */
export function newestTerm(of: RowsOfElection): QueryCommand {
  const how = { ScanIndexForward: false, Limit: 1, ConsistentRead: true };
  return new QueryCommand(rowsQuery(of, TERM_PREFIX, how));
}
