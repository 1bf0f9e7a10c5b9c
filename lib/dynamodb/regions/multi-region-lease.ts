/**
 * `multiRegionLease`: elects through a record in a table that is strongly consistent across Regions.
 *
 * Decides what such a table changes: the timings know a round trip between Regions, the leader deletes
 * rows that expired since DynamoDB does not, and a lease check is refused since it is a transaction.
 * The record and its conditional writes are those of `dynamoDbLease`.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LeaseWrite } from '../../core/lease/record.ts';
import { type Timings, withDefaults } from '../../core/time/timing.ts';
import { InvalidOptionsError } from '../../errors.ts';
import type { Journal, LeaseMechanism, LeaseStore } from '../../ports.ts';
import { failureOf } from '../election/answers.ts';
import { type DynamoDbLeaseOptions, dynamoDbLease, endpointOf } from '../election/lease.ts';
import { createLeaseClient } from '../election/lease-client.ts';
import { isRecordReference, type RecordReference } from '../table/record-reference.ts';
import { DEFAULT_TABLE_NAME } from '../table/schema.ts';
import { keepHouse } from './housekeeping.ts';

/** What `multiRegionLease` takes. An unknown option is an error. */
export interface MultiRegionLeaseOptions extends DynamoDbLeaseOptions {
  /**
   * How long a write takes from one Region to the nearest other, in milliseconds, and back. The default
   * timings follow from it. Default 100, which is above the distance of two Regions on one continent.
   */
  readonly roundTripMs?: number | undefined;
  /**
   * Whether the leader deletes rows that have expired. It needs what `tenure policy --role housekeeper`
   * prints. Default yes; `false` leaves about 1 KB a term for you to delete.
   */
  readonly deleteRows?: boolean | undefined;
}

const DEFAULT_ROUND_TRIP_MS = 100;

/**
 * Round trips in a lease: twenty for one attempt and three attempts in a renew interval, which is three
 * tenths of a lease. `tenure doctor` advises the same of the latencies that it measures.
 */
const ROUND_TRIPS_PER_LEASE = 200;

/**
 * As `dynamoDbLease`, for a table of three Regions, or two and a witness. Each candidate uses the
 * replica of its own Region: leave `region` of the client to the environment. By default a lease lasts
 * 200 round trips, so 20 s, and 10 s at the least.
 *
 * Not guaranteed: anything on a global table that is eventually consistent, where each Region would
 * elect a leader of its own. `tenure doctor` tells the two apart.
 * @throws InvalidOptionsError for an unknown option, or one that is wrong.
 */
export function multiRegionLease(options: MultiRegionLeaseOptions = {}): LeaseMechanism {
  const { roundTripMs = DEFAULT_ROUND_TRIP_MS, deleteRows = true, ...lease } = options;
  if (!(Number.isFinite(roundTripMs) && roundTripMs > 0)) {
    throw new InvalidOptionsError([
      `roundTripMs of multiRegionLease must be a number of milliseconds above 0, got ${roundTripMs}; ` +
        'give what "tenure doctor" measures',
    ]);
  }
  const mechanism = dynamoDbLease(lease);
  let own: DynamoDBClient | undefined;
  const client = () => {
    own ??= createLeaseClient(lease);
    return own;
  };
  return {
    ...mechanism,
    timings: timingsFor(roundTripMs),
    open(election) {
      const store = withoutTransactions(mechanism.open(election));
      if (!deleteRows) return store;
      const { tableName = DEFAULT_TABLE_NAME, attributeNames } = lease;
      return keepHouse(store, {
        ...{ client, tableName, attributeNames, election: election.name },
        failed: (error, candidateId) => tell(error, candidateId, { tableName, ...election }),
      });
    },
  };

  function tell(
    error: unknown,
    candidateId: string,
    of: { name: string; tableName: string; journal: Journal },
  ): void {
    const { cause } = failureOf(error, { tableName: of.tableName, endpoint: endpointOf(lease) });
    const about = { election: of.name, candidateId, atEpochMs: Date.now() };
    of.journal.record({ event: 'error', ...about, error: cause });
  }
}

/** Defaults, for which the caller's timings may stand. */
function timingsFor(roundTripMs: number): Partial<Timings> {
  const { leaseDurationMs } = withDefaults({});
  // A lease that is shorter than that of one Region would save no time worth its writes.
  return {
    roundTripMs,
    leaseDurationMs: Math.max(leaseDurationMs, ROUND_TRIPS_PER_LEASE * roundTripMs),
  };
}

/** Its record is known to be where DynamoDB runs no transactions, so that a lease check says so at once. */
function withoutTransactions<Write extends LeaseWrite>(
  store: LeaseStore<Write>,
): LeaseStore<Write> {
  const { reference } = store;
  if (!isRecordReference(reference)) return store;
  return { ...store, reference: { ...reference, severalRegions: true } as RecordReference };
}
