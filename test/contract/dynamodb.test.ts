import { afterAll, beforeAll, describe } from 'vitest';
import { withDefaults } from '../../lib/core/time/timing.ts';
import { createGroupStore, createLeaseStore, inBatches } from '../../lib/dynamodb/index.ts';
import { type FreshTable, freshTable } from '../support/dynamodb.ts';
import { groupStoreContract } from './group-store.ts';
import { leaseStoreContract } from './lease-store.ts';

/** A table that exists already: a space, a reserved word, and a name that our own rows do not have. */
const THEIR_NAMES = { pk: 'Partition Key', sk: 'range', ttl: 'deleteAt' };

describe.each([
  ['', undefined],
  [', with a table’s own names', THEIR_NAMES],
])('on DynamoDB Local%s', (_, attributeNames) => {
  let table: FreshTable;
  beforeAll(async () => {
    table = await freshTable(attributeNames);
  });
  afterAll(() => table[Symbol.dispose]());

  describe('the DynamoDB store', () => {
    leaseStoreContract(async (election) =>
      createLeaseStore({ ...table, election, historyDays: 30 }),
    );
  });

  describe('the DynamoDB store that batches renewals', () => {
    const { writeTimeoutMs } = withDefaults({});
    leaseStoreContract(async (election) => {
      const store = createLeaseStore({ ...table, election, historyDays: 30 });
      return inBatches().over(table)(store, { election, writeTimeoutMs });
    });
  });

  describe('the group’s store', () => {
    groupStoreContract(async (group) => createGroupStore({ ...table, group }));
  });
});
