/**
 * A store in memory, a clock that a test moves, and scripted faults: for users' own tests.
 * @module tenure/testing
 */

export { collectingJournal } from './collecting-journal.ts';
export { type FakeTerm, type FakeTermOptions, fakeTerm } from './fake-term.ts';
export {
  type Fault,
  type FaultScript,
  type FaultyStore,
  faultyLease,
  type StoreCall,
  withFaults,
} from './faulty-store.ts';
export {
  type ContractCase,
  leaseStoreContract,
  type OpenStore,
} from './lease-store-contract.ts';
export { type ManualClock, manualClock } from './manual-clock.ts';
export {
  createGroupRows,
  createMemoryGroup,
  type GroupRows,
  memoryGroup,
} from './memory-group.ts';
export { createMemory, createMemoryStore, type Memory, memoryLease } from './memory-store.ts';
export { type Regions, type RegionsOptions, startRegions } from './start-regions.ts';
