/**
 * The contract of a lease store, as the authors of stores get it, run by vitest.
 */
import { test } from 'vitest';
import { leaseStoreContract as contractOf, type OpenStore } from '../../lib/testing/index.ts';

export function leaseStoreContract(open: OpenStore): void {
  for (const { name, run } of contractOf(open)) test(name, run);
}
