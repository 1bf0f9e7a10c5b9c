/**
 * The lease table: keys, attribute names, and the definition that every creator of a table uses.
 *
 * One partition holds an election: the record, its candidates, its history. The record carries no
 * TTL attribute and is never deleted. Otherwise the token would start again and void every fence.
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

/** The partition of a group's plan head and members. */
export function groupKeyOf(group: string): string {
  return `group#${group}`;
}

/** The sort key of the plan's head. */
export const HEAD_SORT_KEY = 'plan';
export const MEMBER_PREFIX = 'member#';
export const LOAD_PREFIX = 'load#';
export const RECORD_PREFIX = 'record#';
export const BODY_PREFIX = 'plan#';

/** One key takes 1,000 write units a second, and a burst moves thousands of partitions. */
export const RECORD_KEYS = 16;

/**
 * The partition of one sixteenth of a group's records. The number stands before the name, so that
 * no group's name can look like another group's sixteenth.
 */
export function recordsKeyOf(group: string, sixteenth: number): string {
  return `partitions#${sixteenth}#${group}`;
}

export function recordKeyOf(group: string, partition: number): { pk: string; sk: string } {
  const sk = `${RECORD_PREFIX}${String(partition).padStart(5, '0')}`;
  return { pk: recordsKeyOf(group, partition % RECORD_KEYS), sk };
}

/** Bodies are spread over the records' keys by the last character of their nonce. */
export function bodyKeyOf(group: string, body: string): { pk: string; sk: string } {
  const sixteenth = (body.codePointAt(body.length - 1) ?? 0) % RECORD_KEYS;
  return { pk: recordsKeyOf(group, sixteenth), sk: `${BODY_PREFIX}${body}` };
}

/** Every partition key of a group's rows: the values that IAM's `dynamodb:LeadingKeys` is compared with. */
export function partitionKeysOfGroup(group: string): readonly string[] {
  const sixteenths = Array.from({ length: RECORD_KEYS }, (_, n) => recordsKeyOf(group, n));
  return [groupKeyOf(group), ...sixteenths];
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
