/**
 * The meaning of each write: what it demands of the record that is there, and what it makes of it.
 *
 * Neutral of any store. A store that applies `recordAfter` as one atomic step elects safely. The
 * memory store is this function and a map, and the conditions of the DynamoDB store are tested
 * against it. `dynamodb/election/conditions.ts` says what breaks without each demand.
 */
import type { EpochMs } from '../time/instant.ts';
import {
  FORMAT_VERSION,
  type LeaseRecord,
  type LeaseWrite,
  type Release,
  type Tenancy,
} from './record.ts';

/**
 * The record after the write, or `undefined` where it is refused: then nothing changes, and the writer is
 * told of the record that was there. `nowEpochMs` is the wall clock of the writer; only a reseed
 * keeps it, since all other writes state their own.
 */
export function recordAfter(
  record: LeaseRecord | undefined,
  write: LeaseWrite,
  nowEpochMs: EpochMs,
): LeaseRecord | undefined {
  switch (write.kind) {
    case 'first-acquire':
      return record === undefined ? acquired(write) : undefined;
    case 'acquire':
      return record?.revision === write.seenRevision ? acquired(write) : undefined;
    case 'renew': {
      const { holder, token, confirmedRevision, revision, state } = write;
      const mine = record?.holder === holder && record.token === token;
      if (!mine || record.revision !== confirmedRevision) return undefined;
      const formatVersion = FORMAT_VERSION;
      return { ...record, ...stated(write), formatVersion, revision, state, writtenBy: 'renew' };
    }
    case 'release': {
      const mine = record?.holder === write.holder && record.token === write.token;
      return mine ? vacated(record, write, 'release') : undefined;
    }
    case 'request-resign': {
      const seen = record?.holder === write.seenHolder && record.token === write.seenToken;
      if (!seen) return undefined;
      const { requestedFor } = write;
      // The revision stays: a wish is no sign of life, so no observer starts to count again.
      const asked = { ...without(record, 'requestedFor'), request: 'resign' } as const;
      return requestedFor === undefined ? asked : { ...asked, requestedFor };
    }
    case 'depose':
      return record?.revision === write.seenRevision
        ? vacated(record, write, 'operator')
        : undefined;
    case 'reseed':
      return record?.revision === write.seenRevision ? reseeded(write, nowEpochMs) : undefined;
    case 'end-stopped': {
      const seen = record?.holder === write.seenHolder && record.revision === write.seenRevision;
      return seen ? vacated(record, { revision: write.revision }, 'release') : undefined;
    }
  }
}

/** A term begins. A reservation and a request were meant for the term before, so they go. */
function acquired(write: Extract<LeaseWrite, { kind: 'first-acquire' | 'acquire' }>): LeaseRecord {
  const { token, revision } = write;
  const common = { formatVersion: FORMAT_VERSION, token, revision, ...stated(write) };
  return { ...common, state: 'leading', writtenBy: 'acquire' };
}

type Vacating = Pick<Release, 'revision' | 'reservation' | 'attributes'>;

/** Removes the holder and what was meant for it. The token stays: the next acquire counts from it. */
function vacated(
  record: LeaseRecord,
  { revision, reservation, attributes = record.attributes }: Vacating,
  writtenBy: 'release' | 'operator',
): LeaseRecord {
  const kept = without(record, 'holder', 'request', 'requestedFor', 'reservedMs', 'reservedFor');
  const word = attributes && { attributes };
  return { ...kept, ...reservation, ...word, revision, writtenBy };
}

/** The record less these attributes, as if they had never been written. */
function without<Name extends keyof LeaseRecord>(
  record: LeaseRecord,
  ...names: readonly Name[]
): Omit<LeaseRecord, Name> {
  const rest = { ...record };
  for (const name of names) delete rest[name];
  return rest;
}

/**
 * Vacant, and open to no candidate for one lease: a leader under the lost record has lapsed by
 * then.
 */
function reseeded(
  write: Extract<LeaseWrite, { kind: 'reseed' }>,
  renewedAtEpochMs: EpochMs,
): LeaseRecord {
  const { token, revision, leaseDurationMs, renewIntervalMs } = write;
  const timings = { leaseDurationMs, renewIntervalMs, renewedAtEpochMs };
  const common = { formatVersion: FORMAT_VERSION, token, revision, ...timings };
  return { ...common, state: 'leading', writtenBy: 'operator', reservedMs: leaseDurationMs };
}

/** What every holder writes of itself. */
function stated({ holder, leaseDurationMs, renewIntervalMs, ...rest }: Tenancy) {
  const { renewedAtEpochMs, attributes = {} } = rest;
  return { holder, leaseDurationMs, renewIntervalMs, renewedAtEpochMs, attributes };
}
