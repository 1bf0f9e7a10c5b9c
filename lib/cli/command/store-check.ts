/**
 * Whether the store can be used, asked once at start. Later the program waits for a store that does
 * not answer. At start a silent store is more often a wrong name than an outage.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type AttributeNames, createLeaseStore } from '../../dynamodb/index.ts';
import { inUserTerms } from '../terminal/user-terms.ts';

/** Long enough for the SDK to look for credentials everywhere, short enough for a person to wait. */
const READ_TIMEOUT_MS = 10_000;
/** A store that has just been started may refuse connections for a moment. */
const ATTEMPTS = 4;
const PAUSE_MS = 500;

export interface StoreCheck {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly endpoint?: string;
  readonly attributeNames?: AttributeNames;
  readonly election: string;
  /** Abandons the check, which then says nothing. */
  readonly stop: AbortSignal;
}

/** @throws NotFoundError, AccessDeniedError, MalformedDataError or UnreachableError. */
export async function checkStore(check: StoreCheck): Promise<void> {
  const { table: tableName, stop } = check;
  const store = createLeaseStore({ ...check, tableName, historyDays: 0 });
  let cause: unknown;
  for (let attempt = 0; attempt < ATTEMPTS && !stop.aborted; attempt += 1) {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(READ_TIMEOUT_MS)]);
    const sighting = await store.read({ consistency: 'eventual', signal });
    if (sighting.kind !== 'unknown') return;
    cause = inUserTerms(sighting.cause);
    if (sighting.permanent || sighting.denied || cause !== sighting.cause) throw cause;
    await delay(PAUSE_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  if (!stop.aborted) throw cause;
}
