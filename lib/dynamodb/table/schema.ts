/**
 * The lease table: keys, attribute names, and the definition that every creator of a table uses.
 *
 * One partition per election: the record, its candidates, its history. The record carries no TTL
 * attribute and is never deleted, else the token would start again and void every fence.
 */

export const DEFAULT_TABLE_NAME = 'tenure';
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
/** Only candidate rows and all but the newest history row carry it. Seconds since 1970. */
export const TTL_ATTRIBUTE = 'expiresAtEpochSeconds';

export const LEASE_SORT_KEY = 'lease';
export const TERM_PREFIX = 'term#';
export const CANDIDATE_PREFIX = 'candidate#';

/** The partition of an election: also the value that IAM's `dynamodb:LeadingKeys` is compared with. */
export function partitionKeyOf(election: string): string {
  return `election#${election}`;
}

export function leaseKeyOf(election: string): { pk: string; sk: string } {
  return { pk: partitionKeyOf(election), sk: LEASE_SORT_KEY };
}

/** Padded to the 38 digits of the largest token, so that history sorts by token. */
export function termSortKeyOf(token: bigint): string {
  return `${TERM_PREFIX}${token.toString(10).padStart(38, '0')}`;
}

export function candidateSortKeyOf(candidateId: string): string {
  return `${CANDIDATE_PREFIX}${candidateId}`;
}

/** What `CreateTable` is given, locally and (through the same names) by the CDK construct. */
export const TABLE_DEFINITION = {
  KeySchema: [
    { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
    { AttributeName: SORT_KEY, KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: PARTITION_KEY, AttributeType: 'S' },
    { AttributeName: SORT_KEY, AttributeType: 'S' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
} as const;
