/**
 * The lease record, read as the library reads it.
 */
import { createLeaseStore } from '../../lib/dynamodb/index.ts';
import type { Account } from './account.ts';
import { until } from './shell.ts';

export interface Seen {
  readonly holder?: string | undefined;
  readonly token?: bigint;
}

export interface Which {
  readonly election: string;
  readonly table: string;
}

export async function recordOf(account: Account, { election, table }: Which): Promise<Seen> {
  const { dynamoDb: client } = account.clients;
  const store = createLeaseStore({ client, tableName: table, election, historyDays: 0 });
  const signal = AbortSignal.timeout(10_000);
  const sighting = await store.read({ consistency: 'strong', signal });
  if (sighting.kind === 'unknown') throw sighting.cause;
  return sighting.kind === 'present' ? sighting.record : {};
}

/** The record once it is as wanted. */
export function recordWhere(
  account: Account,
  which: Which,
  holds: (seen: Seen) => boolean,
): Promise<Seen> {
  const ask = async () => {
    const seen = await recordOf(account, which);
    return holds(seen) && seen;
  };
  return until(`the record of ${which.election} changes`, ask);
}
