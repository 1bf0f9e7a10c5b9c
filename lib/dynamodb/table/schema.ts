/**
 * The lease table: keys, attribute names, and the definition that every creator of a table uses.
 *
 * One partition holds an election: the record, its candidates, its history. The record carries no
 * TTL attribute and is never deleted. Otherwise the token would start again and void every fence.
 */

/** The table where no `tableName` is given. */
export const DEFAULT_TABLE_NAME = 'tenure';
/** The name of the table’s partition key, of type S. */
export const PARTITION_KEY = 'pk';
/** The name of the table’s sort key, of type S. */
export const SORT_KEY = 'sk';
/** Only candidate rows and all but the newest history row carry it. Seconds since 1970. */
export const TTL_ATTRIBUTE = 'expiresAtEpochSeconds';

/** The key of a row. */
export type Key = Readonly<{ pk: string; sk: string }>;

/** The sort key of an election’s record. */
export const LEASE_SORT_KEY = 'lease';
/** Begins the sort key of a history row; the padded token follows. */
export const TERM_PREFIX = 'term#';
/** Begins the sort key of a candidate’s row; its id follows. */
export const CANDIDATE_PREFIX = 'candidate#';

/** The partition of an election: also the value that IAM's `dynamodb:LeadingKeys` is compared with. */
export function partitionKeyOf(election: string): string {
  return `election#${election}`;
}

/** The key of an election’s record. */
export function leaseKeyOf(election: string): Key {
  return { pk: partitionKeyOf(election), sk: LEASE_SORT_KEY };
}

/** Padded to the 38 digits of the largest token, so that history sorts by token. */
export function termSortKeyOf(token: bigint): string {
  return `${TERM_PREFIX}${token.toString(10).padStart(38, '0')}`;
}

/** The sort key of a candidate’s row. */
export function candidateSortKeyOf(candidateId: string): string {
  return `${CANDIDATE_PREFIX}${candidateId}`;
}

/** The partition of a group's plan head and members. */
export function groupKeyOf(group: string): string {
  return `group#${group}`;
}

/** The sort key of the plan's head. */
export const HEAD_SORT_KEY = 'plan';
/** Begins the sort key of a member’s row; its id follows. */
export const MEMBER_PREFIX = 'member#';
/** Begins the sort key of what a member measured of its partitions. */
export const LOAD_PREFIX = 'load#';
/** Begins the sort key of a partition’s record; its padded number follows. */
export const RECORD_PREFIX = 'record#';
/** Begins the sort key of a plan’s body; its version follows. */
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

/** The key of a partition’s record. */
export function recordKeyOf(group: string, partition: number): Key {
  const sk = `${RECORD_PREFIX}${String(partition).padStart(5, '0')}`;
  return { pk: recordsKeyOf(group, partition % RECORD_KEYS), sk };
}

/** Bodies are spread over the records' keys by the last character of their nonce. */
export function bodyKeyOf(group: string, body: string): Key {
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
