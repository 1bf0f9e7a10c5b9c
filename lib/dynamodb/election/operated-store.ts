/**
 * The lease store with what an operator or the platform may write, besides what a candidate does.
 *
 * Decides what each of these writes demands of the stored record. It has a file of its own so that the
 * bundle of a program that only leads leaves it out.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { FORMAT_VERSION, type LeaseWrite, type Reseed } from '../../core/lease/record.ts';
import { formatToken } from '../../core/token.ts';
import type { LeaseStore } from '../../ports.ts';
import { RESERVATION, STAMP, vacate, WISH } from './conditions.ts';
import type { Statement } from './lease-store.ts';
import { candidateStatement, type LeaseStoreOptions, storeWriting } from './lease-store.ts';
import { N, reservation, S, stamp } from './stored-record.ts';

/**
 * The store of one election in a table. Its calls answer with outcomes and throw for nothing that
 * DynamoDB says.
 */
export function createLeaseStore(options: LeaseStoreOptions): LeaseStore {
  return storeWriting<LeaseWrite>(options, statementOf);
}

function statementOf(write: LeaseWrite): Statement {
  switch (write.kind) {
    case 'first-acquire':
    case 'acquire':
    case 'renew':
    case 'release':
      return candidateStatement(write);
    case 'request-resign':
      return {
        // The wish is meant for the leader that the operator saw, and for no later one. The revision is
        // left alone: a wish is no sign of life.
        condition: '#holder = :seenHolder AND #token = :seenToken',
        update: wish(write.requestedFor),
        values: {
          ':seenHolder': S(write.seenHolder),
          ':seenToken': { N: formatToken(write.seenToken) },
          ':request': S('resign'),
          ...(write.requestedFor !== undefined && { ':requestedFor': S(write.requestedFor) }),
        },
      };
    case 'depose':
      return {
        // The record must still be the one that the operator decided on.
        condition: '#revision = :seenRevision',
        update: vacate(write.reservation),
        values: {
          ':seenRevision': S(write.seenRevision),
          ...stamp(write, 'operator'),
          ...reservation(write.reservation),
        },
      };
    case 'reseed':
      return reseeding(write);
    case 'end-stopped':
      return {
        // Only the stopped task's own tenancy, and only as it was when the task was found dead: events
        // come repeated and out of order.
        condition: '#holder = :seenHolder AND #revision = :seenRevision',
        update: vacate(undefined),
        values: {
          ':seenHolder': S(write.seenHolder),
          ':seenRevision': S(write.seenRevision),
          ...stamp(write, 'release'),
        },
      };
  }
}

function reseeding(write: Reseed): Statement {
  const { seenRevision } = write;
  const seen: Record<string, AttributeValue> =
    seenRevision === undefined ? {} : { ':seenRevision': S(seenRevision) };
  return {
    // As for depose. Without a record there must still be none: otherwise a live election would be
    // reset.
    condition:
      seenRevision === undefined ? 'attribute_not_exists(#pk)' : '#revision = :seenRevision',
    update:
      `SET ${STAMP}, ${RESERVATION}, #token = :token, #formatVersion = :formatVersion, ` +
      '#state = :state, #leaseDurationMs = :leaseDurationMs, ' +
      '#renewIntervalMs = :renewIntervalMs, #renewedAtEpochMs = :renewedAtEpochMs ' +
      `REMOVE #holder, ${WISH}, #attributes`,
    values: {
      ...seen,
      ...stamp(write, 'operator'),
      // Open to no candidate for one lease: a leader under the lost record has lapsed by then.
      ...reservation({ reservedMs: write.leaseDurationMs }),
      ':token': { N: formatToken(write.token) },
      ':formatVersion': N(FORMAT_VERSION),
      ':state': S('leading'),
      ':leaseDurationMs': N(write.leaseDurationMs),
      ':renewIntervalMs': N(write.renewIntervalMs),
      ':renewedAtEpochMs': N(Date.now()),
    },
  };
}

/** A wish without a candidate removes the candidate that an earlier wish may have named. */
function wish(requestedFor: string | undefined): string {
  return requestedFor === undefined
    ? 'SET #request = :request REMOVE #requestedFor'
    : 'SET #request = :request, #requestedFor = :requestedFor';
}
