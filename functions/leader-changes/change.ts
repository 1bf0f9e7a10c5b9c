/**
 * From a record of the table's stream to the change of leader that it shows, if it shows one.
 *
 * A pure function of the record alone: a record that is delivered again gives the same change with the
 * same `changeId`, and no memory of earlier records is needed.
 */
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import {
  type AttributeNames,
  decodeRecord,
  inOwnNames,
  LEASE_SORT_KEY,
  type LeaseRecord,
  partitionKeyOf,
} from '../../lib/dynamodb/index.ts';

/** The `detail` of the event. Tokens are decimal strings: they may have 38 digits. */
export interface LeaderChange {
  readonly election: string;
  /** Which deployment: elections of one name in two tables are two. */
  readonly tableArn: string;
  /** The same for the same change, however often it is delivered: what consumers deduplicate by. */
  readonly changeId: string;
  readonly change: 'elected' | 'resigned' | 'deposed';
  readonly token: string;
  /** Absent while the record has no holder. */
  readonly holder?: string;
  readonly previousToken?: string;
  readonly previousHolder?: string;
  /**
   * With `elected`: milliseconds from the previous leader's last renewal to this acquisition, by
   * the wall clocks of the two. After a hand-over this exceeds the true gap by at most one renew
   * interval.
   */
  readonly leaderlessMs?: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

const PARTITION_PREFIX = partitionKeyOf('');

/** @throws MalformedDataError where an image is not a record. */
export function changeIn(record: DynamoDBRecord, names?: AttributeNames): LeaderChange | undefined {
  const { Keys: keys, NewImage: newImage, OldImage: oldImage } = record.dynamodb ?? {};
  const { pk, sk } = inOwnNames(itemOf(keys ?? {}), names);
  const partition = pk?.S ?? '';
  if (sk?.S !== LEASE_SORT_KEY || newImage === undefined) return undefined;
  if (!partition.startsWith(PARTITION_PREFIX)) return undefined;
  const election = partition.slice(PARTITION_PREFIX.length);
  const now = decodeRecord(election, itemOf(newImage));
  const before = oldImage === undefined ? undefined : decodeRecord(election, itemOf(oldImage));
  if (before?.holder === now.holder && before?.token === now.token) return undefined;
  return describe({ election, tableArn: tableArnOf(record.eventSourceARN), now, before });
}

/** The stream's ARN is the table's, and when the stream was opened. */
function tableArnOf(streamArn = ''): string {
  return streamArn.replace(/\/stream\/.*$/, '');
}

function describe(of: {
  readonly election: string;
  readonly tableArn: string;
  readonly now: LeaseRecord;
  readonly before: LeaseRecord | undefined;
}): LeaderChange {
  const { election, tableArn, now, before } = of;
  return {
    election,
    tableArn,
    changeId: `${election}#${now.revision}`,
    change: kindOf(now),
    token: now.token.toString(),
    ...(now.holder === undefined ? {} : { holder: now.holder }),
    ...(before === undefined ? {} : { previousToken: before.token.toString() }),
    ...(before?.holder === undefined ? {} : { previousHolder: before.holder }),
    ...(now.holder === undefined || before === undefined ? {} : leaderless(now, before)),
    ...(now.holder === undefined ? {} : attributesOf(now)),
  };
}

function kindOf(now: LeaseRecord): LeaderChange['change'] {
  if (now.holder !== undefined) return 'elected';
  return now.writtenBy === 'operator' ? 'deposed' : 'resigned';
}

/** Two machines' wall clocks may disagree: never below 0. */
function leaderless(now: LeaseRecord, before: LeaseRecord): { leaderlessMs: number } {
  return { leaderlessMs: Math.max(0, now.renewedAtEpochMs - before.renewedAtEpochMs) };
}

function attributesOf({ attributes = {} }: LeaseRecord): Pick<LeaderChange, 'attributes'> {
  return Object.keys(attributes).length === 0 ? {} : { attributes };
}

/**
 * The images of Lambda's events have the shape of DynamoDB's own attribute values, binary apart. A
 * stream of DynamoDB Local names no type for an empty map: then there is nothing in it to read.
 */
function itemOf(image: Record<string, AttributeValue>): Parameters<typeof decodeRecord>[1] {
  const typed = Object.entries(image).filter(([, value]) => Object.keys(value).length > 0);
  return Object.fromEntries(typed) as Parameters<typeof decodeRecord>[1];
}
