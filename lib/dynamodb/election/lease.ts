/**
 * `dynamoDbLease`: elects through a record in a DynamoDB table.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AttributeNames } from '../../environment.ts';
import { InvalidOptionsError } from '../../errors.ts';
import { unknownOptions } from '../../option-problems.ts';
import type { Hints, LeaseMechanism } from '../../ports.ts';
import { leaseMechanism } from '../../runtime/mechanism/lease.ts';
import type { RenewalBatching } from '../batching/batched-store.ts';
import { attributeNameProblems } from '../table/attribute-names.ts';
import { DEFAULT_TABLE_NAME } from '../table/schema.ts';
import { type ClientOptions, clientProblems, createLeaseClient } from './lease-client.ts';
import { candidateStore } from './lease-store.ts';

/** A month: long enough to answer "who led when that happened", short enough to stay small. */
export const DEFAULT_HISTORY_DAYS = 30;

/** What `dynamoDbLease` takes. An unknown option is an error. */
export interface DynamoDbLeaseOptions extends ClientOptions {
  /** A table with the keys `pk` and `sk`, both texts. Default: `tenure`. */
  readonly tableName?: string | undefined;
  /** What a table that exists already calls its keys and its TTL attribute. Default: `pk`, `sk`. */
  readonly attributeNames?: AttributeNames | undefined;
  /** Days that the row of a past term is kept. 0 writes no history. Default 30. */
  readonly historyDays?: number | undefined;
  /** Wakes one standby when the role is released; see `sqsHints`. Default: standbys read. */
  readonly hints?: ((election: { name: string }) => Hints) | undefined;
  /**
   * `inBatches()`: sends the renewals of this mechanism's elections together, up to 25 in a
   * request. It saves requests and connections, not write units. It also needs
   * `dynamodb:PartiQLUpdate` on the table. Default: each renewal is a request of its own.
   */
  readonly batchRenewals?: RenewalBatching | undefined;
}

const KNOWN: ReadonlySet<string> = new Set<keyof DynamoDbLeaseOptions>([
  'tableName',
  'attributeNames',
  'historyDays',
  'hints',
  'batchRenewals',
  'client',
  'clientConfig',
]);

/**
 * One mechanism may serve many elections, which then share a client and its connections.
 * @throws InvalidOptionsError for an unknown option or a history that is not a number of days.
 */
export function dynamoDbLease(options: DynamoDbLeaseOptions = {}): LeaseMechanism {
  const { tableName = DEFAULT_TABLE_NAME, historyDays = DEFAULT_HISTORY_DAYS } = options;
  const problems = [
    ...unknownOptions(options, KNOWN),
    ...clientProblems(options),
    ...attributeNameProblems(options.attributeNames),
  ];
  if (!(Number.isFinite(historyDays) && historyDays >= 0)) {
    problems.push(`historyDays must be a number of at least 0, got ${historyDays}; give 0 or more`);
  }
  if (options.batchRenewals !== undefined && typeof options.batchRenewals.over !== 'function') {
    problems.push('batchRenewals must be what inBatches() returns; pass it');
  }
  if (tableName === '') problems.push("tableName must not be empty, got ''; name the lease table");
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  let client: DynamoDBClient | undefined;
  let batched: ReturnType<RenewalBatching['over']> | undefined;
  return leaseMechanism({
    storeName: storeNameOf(tableName),
    hints: options.hints,
    open({ name, timings }) {
      client ??= createLeaseClient(options);
      const { attributeNames, batchRenewals } = options;
      const place = { client, tableName, attributeNames, endpoint: endpointOf(options) };
      const store = candidateStore({ ...place, election: name, historyDays });
      batched ??= batchRenewals?.over(place);
      const { writeTimeoutMs } = timings;
      return batched?.(store, { election: name, writeTimeoutMs }) ?? store;
    },
  });
}

/** A table has one name in metrics, whether the program names it by ARN or by name. */
export function storeNameOf(tableName: string): string {
  return tableName.slice(tableName.lastIndexOf('/') + 1);
}

/** Named in errors. */
export function endpointOf({ clientConfig }: ClientOptions): string | undefined {
  const { endpoint } = clientConfig ?? {};
  if (typeof endpoint === 'string') return endpoint;
  return process.env.AWS_ENDPOINT_URL_DYNAMODB;
}
