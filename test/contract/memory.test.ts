import { describe } from 'vitest';
import { createMemory, createMemoryGroup, createMemoryStore } from '../../lib/testing/index.ts';
import { groupStoreContract } from './group-store.ts';
import { leaseStoreContract } from './lease-store.ts';

describe('the memory store', () => {
  const memory = createMemory();
  leaseStoreContract(async (election) => createMemoryStore(memory, election));
});

describe('the memory group', () => {
  groupStoreContract(async () => createMemoryGroup());
});
