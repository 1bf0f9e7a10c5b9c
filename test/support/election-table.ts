/**
 * A table with an election that a process leads, for tests of the verbs that look at it and act on
 * it.
 */
import { onTestFinished } from 'vitest';
import { createLeaseStore, dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { createElection, type Term, type Timings } from '../../lib/index.ts';
import { freshTable } from './dynamodb.ts';

/** Renewed often, and long enough for a loaded machine. */
const TEST_TIMINGS = { leaseDurationMs: 4_000, renewIntervalMs: 400, drainMs: 1_000 };

export async function preparedTable() {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  const { tableName, clientConfig, client } = table;

  function candidate(name: string, timings: Partial<Timings> = TEST_TIMINGS) {
    const via = dynamoDbLease({ tableName, clientConfig });
    const registration = { version: '1.2.3', zone: 'us-east-1a' };
    return createElection({ name, via, timings, registration, candidatePrefix: 'worker' });
  }

  /** Leads until its work is told to stop; the test ends it. */
  async function leads(name: string, timings?: Partial<Timings>): Promise<Term> {
    const stop = new AbortController();
    const elected = Promise.withResolvers<Term>();
    const led = candidate(name, timings).leadWhile(
      (term) => {
        elected.resolve(term);
        return new Promise((resolve) => term.signal.addEventListener('abort', resolve));
      },
      { signal: stop.signal, stopNow: stop.signal },
    );
    led.catch(elected.reject);
    onTestFinished(async () => {
      stop.abort();
      await led;
    });
    return elected.promise;
  }

  const store = (election: string) =>
    createLeaseStore({ client, tableName, election, historyDays: 30 });
  async function record(election: string) {
    const { signal } = new AbortController();
    const sighting = await store(election).read({ consistency: 'strong', signal });
    if (sighting.kind !== 'present') throw new Error(`no record: ${sighting.kind}`);
    return sighting.record;
  }
  return { ...table, candidate, leads, store, record };
}
