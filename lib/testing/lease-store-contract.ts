/**
 * The contract of a lease store, for authors of stores: cases that any test runner can run.
 *
 * The memory store, the simulated table and DynamoDB Local pass it unchanged. It holds each write
 * to its meaning. It does not test that a write is one atomic step beside others: the store must
 * guarantee that.
 */
import { LEASE_STORE_FACTS } from './lease-store-facts.ts';
import { freshOf, type OpenStore } from './lease-store-ground.ts';

export type { OpenStore } from './lease-store-ground.ts';

/** One fact that a store must keep. */
export interface ContractCase {
  /** The fact, in the present tense. */
  readonly name: string;
  /** @throws AssertionError, with what was expected and what came, where the store breaks it. */
  run(): Promise<void>;
}

/**
 * Every case, each on an election of its own.
 * @example
 * for (const { name, run } of leaseStoreContract(open)) test(name, run);
 */
export function leaseStoreContract(open: OpenStore): readonly ContractCase[] {
  return Object.entries(LEASE_STORE_FACTS).map(([name, holds]) => ({
    name,
    run: async () => holds(await freshOf(open)),
  }));
}
