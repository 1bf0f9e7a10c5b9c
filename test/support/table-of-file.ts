/**
 * One table for all tests of a file: each test takes rows of its own.
 */
import { afterAll } from 'vitest';
import { type FreshTable, freshTable } from './dynamodb.ts';

/** Call it at the top of the file. The table's client is closed after the last test. */
export async function tableOfFile(): Promise<FreshTable> {
  const table = await freshTable();
  afterAll(() => table[Symbol.dispose]());
  return table;
}
