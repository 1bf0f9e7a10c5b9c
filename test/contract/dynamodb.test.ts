import { afterAll, beforeAll, describe } from 'vitest';
import { withDefaults } from '../../lib/core/time/timing.ts';
import {
  createGroupStore,
  createLeaseStore,
  dynamoDbLease,
  inBatches,
} from '../../lib/dynamodb/index.ts';
import { type FreshTable, freshTable } from '../support/dynamodb.ts';
import { groupStoreContract } from './group-store.ts';
import { leaseStoreContract } from './lease-store.ts';

describe('the DynamoDB store, on DynamoDB Local', () => {
  let table: FreshTable;
  beforeAll(async () => {
    table = await freshTable();
  });
  afterAll(() => table[Symbol.dispose]());
  leaseStoreContract(async (election) => createLeaseStore({ ...table, election, historyDays: 30 }));
});

describe('the DynamoDB store that batches renewals, on DynamoDB Local', () => {
  let table: FreshTable;
  beforeAll(async () => {
    table = await freshTable();
  });
  afterAll(() => table[Symbol.dispose]());
  leaseStoreContract(async (name) => {
    const { tableName, clientConfig } = table;
    const via = dynamoDbLease({ tableName, clientConfig, batchRenewals: inBatches() });
    return via.open({ name, timings: withDefaults({}), journal: { record: () => {} } });
  });
});

describe('the group’s store, on DynamoDB Local', () => {
  let table: FreshTable;
  beforeAll(async () => {
    table = await freshTable();
  });
  afterAll(() => table[Symbol.dispose]());
  groupStoreContract(async (group) => createGroupStore({ ...table, group }));
});
