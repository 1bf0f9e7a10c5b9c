/**
 * Between the record and DynamoDB's attribute values. Nothing is guessed: what does not parse is an
 * error that names the attribute, and the record is left as it is.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  type Acquire,
  type CandidateWrite,
  type FirstAcquire,
  FORMAT_VERSION,
  type LeaseRecord,
  type Renew,
} from '../../core/lease/record.ts';
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

/** @throws MalformedDataError naming the attributes that do not parse. */
export function decodeRecord(election: string, item: Item): LeaseRecord {
  const read = attributeReader(item);
  // These fields are in every version of the record. They show that a later version wrote it.
  const common = {
    formatVersion: read.required('formatVersion', wholeNumber),
    token: read.required('token', token),
    holder: read.optional('holder', text),
    revision: read.required('revision', text),
  };
  const later = common.formatVersion > FORMAT_VERSION;
  const record = later ? unreadable(common) : { ...common, ...thisVersion(read) };
  if (read.malformed.length > 0) throw malformed(election, read.malformed);
  return record;
}

function thisVersion(read: AttributeReader) {
  return {
    leaseDurationMs: read.required('leaseDurationMs', milliseconds),
    renewIntervalMs: read.required('renewIntervalMs', milliseconds),
    renewedAtEpochMs: read.required('renewedAtEpochMs', milliseconds),
    state: read.required('state', oneOf('leading', 'draining')),
    writtenBy: read.required('writtenBy', oneOf('acquire', 'renew', 'release', 'operator')),
    reservedMs: read.optional('reservedMs', milliseconds),
    // The empty text stands for no candidate.
    reservedFor: read.optional('reservedFor', text) || undefined,
    // A wish of a later version is not for this one. It stays in the record, and the election goes
    // on.
    request: read.optional('request', text) === 'resign' ? ('resign' as const) : undefined,
    requestedFor: read.optional('requestedFor', text),
    attributes: read.optional('attributes', texts),
  };
}

/** A record of a later version. Only its number matters: a candidate that sees it refuses. */
function unreadable(
  common: Pick<LeaseRecord, 'formatVersion' | 'token' | 'holder' | 'revision'>,
): LeaseRecord {
  return {
    ...common,
    leaseDurationMs: Number.MAX_SAFE_INTEGER,
    renewIntervalMs: Number.MAX_SAFE_INTEGER,
    renewedAtEpochMs: 0,
    state: 'leading',
    writtenBy: 'acquire',
  };
}

function malformed(election: string, names: readonly string[]): MalformedDataError {
  return new MalformedDataError(
    `the record of election ${JSON.stringify(election)} does not parse at ${names.join(', ')}; ` +
      `it was left as it is: restore it, or run "tenure reseed"`,
  );
}

export const N = (value: number): AttributeValue => ({ N: String(value) });
export const S = (value: string): AttributeValue => ({ S: value });

/** The values that the write's expression names, and no others: DynamoDB refuses unused ones. */
export function valuesOf(write: CandidateWrite): Record<string, AttributeValue> {
  switch (write.kind) {
    case 'first-acquire':
      return { ...tenancy(write), ':token': { N: formatToken(write.token) } };
    case 'acquire':
      return {
        ...tenancy(write),
        ':token': { N: formatToken(write.token) },
        ':seenRevision': S(write.seenRevision),
      };
    case 'renew':
      return {
        ...tenancy(write),
        ':token': { N: formatToken(write.token) },
        ':confirmedRevision': S(write.confirmedRevision),
      };
    case 'release':
      return {
        ':holder': S(write.holder),
        ':token': { N: formatToken(write.token) },
        ...stamp(write, 'release'),
        ...reservation(write.reservation),
        ...(write.attributes && { ':attributes': mapOf(write.attributes) }),
      };
  }
}

export function stamp(write: { revision: string }, writtenBy: LeaseRecord['writtenBy']) {
  return { ':revision': S(write.revision), ':writtenBy': S(writtenBy) };
}

export function reservation(
  reserved: { reservedMs: number; reservedFor?: string | undefined } | undefined,
): Record<string, AttributeValue> {
  if (reserved === undefined) return {};
  // The empty text stands for no candidate: no candidate has it as its id.
  return { ':reservedMs': N(reserved.reservedMs), ':reservedFor': S(reserved.reservedFor ?? '') };
}

function tenancy(write: FirstAcquire | Acquire | Renew) {
  return {
    ...stamp(write, write.kind === 'renew' ? 'renew' : 'acquire'),
    ':formatVersion': N(FORMAT_VERSION),
    ':holder': S(write.holder),
    ':state': S(write.kind === 'renew' ? write.state : 'leading'),
    ':leaseDurationMs': N(write.leaseDurationMs),
    ':renewIntervalMs': N(write.renewIntervalMs),
    ':renewedAtEpochMs': N(write.renewedAtEpochMs),
    ':attributes': mapOf(write.attributes ?? {}),
  };
}

export function mapOf(texts: Readonly<Record<string, string>>): AttributeValue {
  return { M: Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, S(value)])) };
}
