/**
 * A table for the tests of a file, and a client whose calls to it are recorded as IAM sees them.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { tableOfFile } from '../../support/table-of-file.ts';
import type { Call } from './iam.ts';
import { recording } from './recorded-calls.ts';

export async function recordedTable() {
  const table = await tableOfFile();
  const { calls, requestHandler } = recording(table.client.config.requestHandler, table.tableName);
  const client = new DynamoDBClient({ ...table.clientConfig, requestHandler });

  /** Runs `work` and gives the calls that it made. */
  async function callsOf(work: () => Promise<unknown>): Promise<readonly Call[]> {
    const before = calls.length;
    await work();
    return calls.slice(before);
  }

  return { table, client, calls, callsOf };
}
