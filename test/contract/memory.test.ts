import { describe } from 'vitest';
import { createMemory, createMemoryStore } from '../../lib/testing/index.ts';
import { leaseStoreContract } from './lease-store.ts';

describe('the memory store', () => {
  const memory = createMemory();
  leaseStoreContract(async (election) => createMemoryStore(memory, election));
});
