/**
 * The lease record as `tenure status --json` shows it.
 */
import type { Account } from './account.ts';
import { until } from './shell.ts';

export interface Seen {
  readonly state: string;
  readonly holder?: string;
  readonly token?: string;
}

export async function statusOf(account: Account, election: string, table: string): Promise<Seen> {
  // It exits with 1 where nobody leads, which is an answer too.
  const printed = await account
    .tenure('status', election, '--table', table, '--json')
    .catch((error: Error) => (error.cause as { stdout?: string }).stdout ?? '');
  return JSON.parse(printed) as Seen;
}

/** The record once it is as wanted. */
export function statusWhere(
  account: Account,
  of: { readonly election: string; readonly table: string },
  holds: (seen: Seen) => boolean,
  withinMs = 60_000,
): Promise<Seen> {
  const ask = async () => {
    const seen = await statusOf(account, of.election, of.table);
    return holds(seen) && seen;
  };
  return until(`the record of ${of.election} changes`, ask, withinMs);
}
