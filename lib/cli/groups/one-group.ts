/**
 * One group of one table, as the verbs that look at it or act on it see it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { PlanHead } from '../../core/group/rows.ts';
import { createGroupStore, dynamoDbGroup } from '../../dynamodb/index.ts';
import { type GroupMechanism, type GroupOperator, groupOperator } from '../../index.ts';
import {
  clientConfigOf,
  clientOf,
  parseElection,
  type StoreOptions,
  withStoreOptions,
} from '../election/store-options.ts';
import { inUserTerms } from '../terminal/user-terms.ts';

export interface GroupVerbOptions extends StoreOptions {
  readonly json?: boolean;
}

/** Gives a verb its group, the options of a table, and `--json`. */
export function withGroup(verb: Command): Command {
  return withStoreOptions(verb.argument('<group>', 'the group', parseElection)).option(
    '--json',
    'print JSON',
  );
}

export function mechanismOfGroup(options: StoreOptions): GroupMechanism {
  const { table: tableName, attributeNames } = options;
  return dynamoDbGroup({ tableName, attributeNames, clientConfig: clientConfigOf(options) });
}

export function operatorOf(group: string, options: StoreOptions): GroupOperator {
  return groupOperator({ name: group, via: mechanismOfGroup(options) });
}

/** Long enough for the SDK to look for credentials everywhere, short enough for a person to wait. */
const READ_TIMEOUT_MS = 10_000;
/** A table that has just been started may refuse connections for a moment. */
const ATTEMPTS = 4;
const PAUSE_MS = 500;

/**
 * The group's head, asked once at start. Later the program waits for a table that does not answer.
 * At start a silent table is more often a wrong name than an outage. `undefined` for a group that
 * was never created.
 * @throws NotFoundError, AccessDeniedError, MalformedDataError or UnreachableError.
 */
export async function headOf(
  group: string,
  options: StoreOptions,
  stop?: AbortSignal,
): Promise<PlanHead | undefined> {
  const client = clientOf(options);
  const { table: tableName, endpoint, attributeNames } = options;
  const store = createGroupStore({ client, tableName, group, endpoint, attributeNames });
  let cause: unknown;
  try {
    for (let attempt = 0; attempt < ATTEMPTS && !stop?.aborted; attempt += 1) {
      const timeout = AbortSignal.timeout(READ_TIMEOUT_MS);
      const signal = stop === undefined ? timeout : AbortSignal.any([stop, timeout]);
      const sighting = await store.read({ kind: 'head', strong: true }, { signal });
      if (sighting.kind === 'head') return sighting.head;
      if (sighting.kind !== 'unknown')
        throw new Error(`a head was asked for, got ${sighting.kind}`);
      cause = inUserTerms(sighting.cause);
      if (sighting.permanent || cause !== sighting.cause) throw cause;
      await delay(PAUSE_MS, undefined, stop && { signal: stop }).catch(() => undefined);
    }
  } finally {
    client.destroy();
  }
  if (stop?.aborted) return undefined;
  throw cause;
}

export function parsePartitions(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 10_000) return number;
  throw new InvalidArgumentError('Give a whole number from 1 to 10000.');
}

export function parsePartition(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give the number of a partition, from 0 to 9999.');
}
