/**
 * `dynamoDbGroup`: the rows of groups in the lease table.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AttributeNames } from '../../environment.ts';
import { InvalidOptionsError } from '../../errors.ts';
import type { GroupMechanism } from '../../group-ports.ts';
import { unknownOptions } from '../../option-problems.ts';
import { endpointOf, storeNameOf } from '../election/lease.ts';
import { type ClientOptions, clientProblems, createLeaseClient } from '../election/lease-client.ts';
import { attributeNameProblems } from '../table/attribute-names.ts';
import { DEFAULT_TABLE_NAME } from '../table/schema.ts';
import { createGroupStore } from './group-store.ts';

/** What `dynamoDbGroup` takes. An unknown option is an error. */
export interface DynamoDbGroupOptions extends ClientOptions {
  /** The lease table: groups and elections may share one. Default `tenure`. */
  readonly tableName?: string | undefined;
  /** What a table that exists already calls its keys and its TTL attribute. Default: `pk`, `sk`. */
  readonly attributeNames?: AttributeNames | undefined;
}

const KNOWN: readonly string[] = [
  'tableName',
  'attributeNames',
  'client',
  'clientConfig',
] satisfies readonly (keyof DynamoDbGroupOptions)[];

/**
 * An import of its own beside `dynamoDbLease`, so that a program that leads one election bundles no
 * group. One mechanism may serve many groups, which then share a client and its connections.
 * @throws InvalidOptionsError for an unknown option or an empty name.
 */
export function dynamoDbGroup(options: DynamoDbGroupOptions = {}): GroupMechanism {
  const { tableName = DEFAULT_TABLE_NAME, attributeNames } = options;
  const problems = [
    ...unknownOptions(options, KNOWN),
    ...clientProblems(options),
    ...attributeNameProblems(attributeNames),
  ];
  if (tableName === '') problems.push("tableName must not be empty, got ''; name the lease table");
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  let client: DynamoDBClient | undefined;
  return {
    kind: 'group',
    storeName: storeNameOf(tableName),
    open({ name: group }) {
      client ??= createLeaseClient(options);
      return createGroupStore({
        client,
        tableName,
        attributeNames,
        group,
        endpoint: endpointOf(options),
      });
    },
  };
}
