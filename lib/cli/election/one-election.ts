/**
 * One election of one table, as the verbs that look at it or act on it see it.
 *
 * Decides how the record is read and how an operator's write is repeated: with the nonce of its
 * first attempt. So a lost answer is recognised, and no write takes effect twice.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import type { LeaseRecord, OperatorWrite, Sighting } from '../../core/lease/record.ts';
import { createLeaseStore, type RowsToRead } from '../../dynamodb/index.ts';
import {
  type LeaseStore,
  type MalformedDataError,
  resolveOutcome,
  UnreachableError,
} from '../../index.ts';
import { writeStderr } from '../terminal/terminal.ts';
import { clientOf, parseElection, type StoreOptions, withStoreOptions } from './store-options.ts';

export interface OneElection {
  readonly election: string;
  readonly store: LeaseStore;
  readonly client: DynamoDBClient;
  /** The arguments for reading its rows. */
  readonly rows: RowsToRead;
}

export interface ElectionVerbOptions extends StoreOptions {
  readonly json?: boolean;
}

const CALL_TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;

/** Gives a verb its election, the options of a table, and `--json`. */
export function withElection(verb: Command): Command {
  return withStoreOptions(verb.argument('<election>', 'the election', parseElection)).option(
    '--json',
    'print JSON',
  );
}

/** Opens the election for as long as `use` takes. */
export async function onElection<T>(
  election: string,
  options: StoreOptions,
  use: (opened: OneElection) => Promise<T>,
): Promise<T> {
  const client = clientOf(options);
  const { table: tableName, endpoint, attributeNames } = options;
  const place = { client, tableName, election, endpoint, attributeNames };
  const store = createLeaseStore({ ...place, historyDays: 0 });
  try {
    const rows = { ...place, onMalformed: tellOnce() };
    return await use({ election, store, client, rows });
  } finally {
    client.destroy();
  }
}

/** A row that does not parse hides no other row, and is named once. */
function tellOnce(): (error: MalformedDataError) => void {
  const told = new Set<string>();
  return ({ message }) => {
    if (!told.has(message)) writeStderr(`tenure: ${message}`);
    told.add(message);
  };
}

/** @throws NotFoundError, AccessDeniedError, MalformedDataError or UnreachableError. */
export async function readElection({
  store,
}: OneElection): Promise<Exclude<Sighting, { kind: 'unknown' }>> {
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const sighting = await store.read({ consistency: 'strong', signal });
  if (sighting.kind === 'unknown') throw sighting.cause;
  return sighting;
}

export type OperatorOutcome =
  | { readonly kind: 'granted' }
  /** The record is no longer as the operator saw it. */
  | { readonly kind: 'refused'; readonly record: LeaseRecord | undefined };

/** @throws the store's error, where the write may have been applied or not. */
export async function writeAsOperator(
  { store, election }: OneElection,
  write: OperatorWrite,
): Promise<OperatorOutcome> {
  let cause: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    const outcome = resolveOutcome(write.revision, await store.write(write, { signal }));
    if (outcome.kind === 'granted') return { kind: 'granted' };
    if (outcome.kind === 'refused') return { kind: 'refused', record: outcome.record };
    cause = outcome.cause;
    if (outcome.permanent || outcome.denied) throw cause;
  }
  throw new UnreachableError(
    `the store did not confirm the write to election ${JSON.stringify(election)}, which may have been ` +
      `applied; look with "tenure status" before you repeat it`,
    { cause },
  );
}
