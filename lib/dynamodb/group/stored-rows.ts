/**
 * Between the rows of a group and DynamoDB's attribute values. Nothing is guessed: what does not parse is an
 * error that names the attributes, and the row is left as it is.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  GROUP_FORMAT_VERSION,
  type LoadRow,
  type MemberRow,
  type PartitionRecord,
  type PlanHead,
} from '../../core/group/rows.ts';
import type { GroupWrite, Membership, RecordWrite } from '../../core/group/writes.ts';
import { formatToken } from '../../core/token.ts';
import { MalformedDataError } from '../../errors.ts';
import {
  type AttributeReader,
  attributeReader,
  type Item,
  milliseconds,
  oneOf,
  text,
  texts,
  token,
  wholeNumber,
} from '../table/attribute-reader.ts';
import { encodePlan } from './stored-plan.ts';

/**
 * Long enough that every member that waits for this one has read that it is gone; short enough for
 * audits.
 */
const GONE_DAYS = 1;
const BODY_DAYS = 1;
const LOAD_DAYS = 1;
const SECONDS_PER_DAY = 86_400;

/** @throws MalformedDataError naming the attributes that do not parse. */
export function decodeHead(group: string, item: Item): PlanHead {
  return decoded(`the plan of group ${JSON.stringify(group)}`, item, (read) => ({
    formatVersion: read.required('formatVersion', wholeNumber),
    version: read.required('version', wholeNumber),
    body: read.optional('body', text),
    partitions: read.required('partitions', wholeNumber),
    writtenAtEpochMs: read.required('writtenAtEpochMs', milliseconds),
    claim: read.optional('claim', text),
    attentionAtEpochMs: read.optional('attentionAtEpochMs', milliseconds),
  }));
}

/** @throws MalformedDataError naming the attributes that do not parse. */
export function decodeMember(memberId: string, item: Item): MemberRow {
  return decoded(`member ${JSON.stringify(memberId)}`, item, (read) => ({
    memberId,
    revision: read.required('revision', text),
    state: read.required('state', oneOf('active', 'spare', 'leaving', 'gone')),
    leaseDurationMs: read.required('leaseDurationMs', milliseconds),
    renewIntervalMs: read.required('renewIntervalMs', milliseconds),
    joinedAtEpochMs: read.required('joinedAtEpochMs', milliseconds),
    renewedAtEpochMs: read.required('renewedAtEpochMs', milliseconds),
    capacity: read.required('capacity', milliseconds),
    closedMs: read.required('closedMs', milliseconds),
    request: read.optional('request', oneOf('leave')),
    appliedPlan: read.required('appliedPlan', wholeNumber),
    attributes: read.optional('attributes', texts),
  }));
}

/** @throws MalformedDataError naming the attributes that do not parse. */
export function decodePartition(partition: number, item: Item): PartitionRecord {
  return decoded(`the record of partition ${partition}`, item, (read) => ({
    partition,
    token: read.required('token', token),
    holder: read.optional('holder', text),
    revision: read.required('revision', text),
    leaseDurationMs: read.required('leaseDurationMs', milliseconds),
    writtenBy: read.required('writtenBy', oneOf('seed', 'acquire', 'release', 'operator')),
  }));
}

/** Weights that do not parse count as not measured. */
export function decodeLoad(memberId: string, item: Item): LoadRow {
  const entries = Object.entries(item.weights?.M ?? {}).map(
    ([partition, { N }]) => [Number(partition), Number(N)] as const,
  );
  const sound = entries.filter(([p, weight]) => Number.isInteger(p) && weight >= 0);
  return { memberId, weights: new Map(sound) };
}

function decoded<T>(what: string, item: Item, decode: (read: AttributeReader) => T): T {
  const read = attributeReader(item);
  const row = decode(read);
  if (read.malformed.length === 0) return row;
  throw new MalformedDataError(
    `${what} does not parse at ${read.malformed.join(', ')}; it was left as it is: restore it, or ` +
      'write it with a version of tenure that knows it',
  );
}

const N = (value: number): AttributeValue => ({ N: String(value) });
const S = (value: string): AttributeValue => ({ S: value });

/** The values that the write's expression names, and no others: DynamoDB refuses unused ones. */
export function groupValuesOf(
  write: GroupWrite,
  nowEpochMs: number,
): Record<string, AttributeValue> {
  switch (write.kind) {
    case 'create-group':
      return {
        ':formatVersion': N(GROUP_FORMAT_VERSION),
        ':version': N(0),
        ':partitions': N(write.partitions),
        ':writtenAtEpochMs': N(write.writtenAtEpochMs),
      };
    case 'claim':
      return {
        ':seenVersion': N(write.seenVersion),
        ':claim': S(write.claim),
        ...(write.staleClaim === undefined ? {} : { ':staleClaim': S(write.staleClaim) }),
      };
    case 'write-plan':
      return {
        ':seenVersion': N(write.seenVersion),
        ':version': N(write.seenVersion + 1),
        ':body': S(write.body),
        ':partitions': N(write.partitions),
        ':writtenAtEpochMs': N(write.writtenAtEpochMs),
      };
    case 'call-attention':
      return {
        ':seenVersion': N(write.seenVersion),
        ':attentionAtEpochMs': N(write.attentionAtEpochMs),
      };
    case 'write-body':
      return encodePlan(write.plan);
    case 'expire-body':
      return expiry(nowEpochMs, BODY_DAYS);
    case 'write-load':
      return { ':weights': { M: encodedWeights(write) }, ...expiry(nowEpochMs, LOAD_DAYS) };
    case 'join':
      return {
        ...membership(write),
        ':joinedAtEpochMs': N(write.joinedAtEpochMs),
        ':closedMs': N(0),
      };
    case 'heartbeat':
      return { ...membership(write), ':confirmedRevision': S(write.confirmedRevision) };
    case 'end-member':
      return {
        ':seenRevision': S(write.seenRevision),
        ':revision': S(write.revision),
        ':state': S('gone'),
        ':closedMs': N(write.closedMs),
        ...expiry(nowEpochMs, GONE_DAYS),
      };
    case 'ask-to-leave':
      return { ':request': S('leave'), ':gone': S('gone') };
  }
}

function membership(write: Membership & { readonly revision: string }) {
  const entries = Object.entries(write.attributes ?? {}).map(([key, value]) => [key, S(value)]);
  return {
    ':revision': S(write.revision),
    ':state': S(write.state),
    ':leaseDurationMs': N(write.leaseDurationMs),
    ':renewIntervalMs': N(write.renewIntervalMs),
    ':renewedAtEpochMs': N(write.renewedAtEpochMs),
    ':capacity': N(write.capacity),
    ':appliedPlan': N(write.appliedPlan),
    ':attributes': { M: Object.fromEntries(entries) },
  };
}

function encodedWeights({ weights }: LoadRow): Record<string, AttributeValue> {
  return Object.fromEntries([...weights].map(([p, weight]) => [String(p), N(weight)]));
}

function expiry(nowEpochMs: number, days: number) {
  return { ':ttl': N(Math.floor(nowEpochMs / 1000) + days * SECONDS_PER_DAY) };
}

export function recordValuesOf(write: RecordWrite): Record<string, AttributeValue> {
  const revision = { ':revision': S(write.revision) };
  switch (write.kind) {
    case 'seed':
      return { ...revision, ...vacancy(0n), ':writtenBy': S('seed') };
    case 'acquire':
      return {
        ...revision,
        ':writtenBy': S('acquire'),
        ':seenRevision': S(write.seenRevision),
        ':token': { N: formatToken(write.token) },
        ':holder': S(write.holder),
        ':leaseDurationMs': N(write.leaseDurationMs),
      };
    case 'release':
      return {
        ...revision,
        ':writtenBy': S('release'),
        ':holder': S(write.holder),
        ':token': { N: formatToken(write.token) },
      };
    case 'reseed':
      return {
        ...revision,
        ...vacancy(write.token),
        ':writtenBy': S('operator'),
        ...(write.seenRevision === undefined ? {} : { ':seenRevision': S(write.seenRevision) }),
      };
  }
}

function vacancy(seeded: bigint) {
  return { ':token': { N: formatToken(seeded) }, ':leaseDurationMs': N(0) };
}
