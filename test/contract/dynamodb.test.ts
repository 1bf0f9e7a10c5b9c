import { afterAll, beforeAll, describe } from 'vitest';
import { withDefaults } from '../../lib/core/time/timing.ts';
import { createGroupStore, createLeaseStore, inBatches } from '../../lib/dynamodb/index.ts';
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
  const { writeTimeoutMs } = withDefaults({});
  leaseStoreContract(async (election) => {
    const store = createLeaseStore({ ...table, election, historyDays: 30 });
    return inBatches().over(table)(store, { election, writeTimeoutMs });
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
