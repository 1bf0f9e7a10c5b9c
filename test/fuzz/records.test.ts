/** Records, tokens and options that no valid program writes: each gives a typed error, and nothing is written. */
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatToken, parseToken } from '../../lib/core/token.ts';
import { createLeaseStore, decodeRecord, leaseKeyOf } from '../../lib/dynamodb/index.ts';
import { termSortKeyOf } from '../../lib/dynamodb/table/schema.ts';
import { createElection, type ErrorCode, isTenureError } from '../../lib/index.ts';
import { leaseMechanism } from '../../lib/runtime/mechanism/lease.ts';
import { manualClock, memoryLease } from '../../lib/testing/index.ts';
import { createSimulatedTable, keyOf } from '../simulation/table/simulated-table.ts';
import { refusalOf } from '../support/fencing-term.ts';

const RUNS = { numRuns: 300, seed: 11 };
const ELECTION = 'fuzzed';
const { pk, sk } = leaseKeyOf(ELECTION);
const KEY = { pk: { S: pk }, sk: { S: sk } };

const GOOD: Record<string, AttributeValue> = {
  formatVersion: { N: '1' },
  token: { N: '7' },
  holder: { S: 'somebody' },
  revision: { S: 'r1' },
  leaseDurationMs: { N: '3000' },
  renewIntervalMs: { N: '900' },
  renewedAtEpochMs: { N: '1767225600000' },
  state: { S: 'leading' },
  writtenBy: { S: 'renew' },
};
const REQUIRED = Object.keys(GOOD).filter((name) => name !== 'holder');

const attributeValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.record({ S: fc.string() }),
  fc.record({
    N: fc.oneof(fc.integer().map(String), fc.constantFrom('0', '1e3', '-1', 'NaN', '')),
  }),
  fc.record({ BOOL: fc.boolean() }),
  fc.record({ NULL: fc.constant(true as const) }),
  fc.record({ L: fc.constant<AttributeValue[]>([]) }),
  fc.record({ SS: fc.array(fc.string()) }),
);

const item = fc
  .record({
    changed: fc.dictionary(
      fc.constantFrom(...Object.keys(GOOD), 'request', 'reservedMs'),
      attributeValue,
    ),
    missing: fc.subarray(REQUIRED),
  })
  .map(({ changed, missing }) => {
    const all = { ...GOOD, ...changed };
    return Object.fromEntries(Object.entries(all).filter(([name]) => !missing.includes(name)));
  });

function decoded(found: Record<string, AttributeValue>) {
  try {
    return { record: decodeRecord(ELECTION, found) };
  } catch (error) {
    return { error };
  }
}

/** The outcome of one attempt to lead, over a table that holds this item: the record, or another row. */
async function attempt(found: Record<string, AttributeValue>, at = KEY) {
  const writes: string[] = [];
  const table = createSimulatedTable(({ key }) => writes.push(key));
  table.put(keyOf(at), { ...at, ...found });
  writes.length = 0;
  const client = {
    send: async (command: object) => table.execute(command),
    config: { region: async () => 'simulated' },
  } as unknown as DynamoDBClient;
  const open = () =>
    createLeaseStore({ client, tableName: 't', election: ELECTION, historyDays: 0 });
  const via = leaseMechanism({ open });
  const election = createElection({ name: ELECTION, via, clock: manualClock() });
  const error = await refusalOf(election.tryCampaign());
  return { error, writes };
}

describe('bad data', () => {
  it('is a record that parses, or a typed error that names the election', () => {
    fc.assert(
      fc.property(item, (found) => {
        const { error } = decoded(found);
        if (error === undefined) return;
        expect(isTenureError(error, 'MALFORMED_DATA')).toBe(true);
        expect(String(error)).toContain(ELECTION);
      }),
      RUNS,
    );
  });

  it('in the record fails the campaign with a typed error and changes nothing', async () => {
    let malformed = 0;
    await fc.assert(
      fc.asyncProperty(item, async (found) => {
        const { error: problem } = decoded(found);
        if (problem === undefined) return;
        malformed += 1;
        const { error, writes } = await attempt(found);
        expect(isTenureError(error)).toBe(true);
        expect(writes).toEqual([]);
      }),
      RUNS,
    );
    expect(malformed).toBeGreaterThan(100);
  });

  it.each<{ why: string; changed: Record<string, AttributeValue>; code: ErrorCode }>([
    { why: 'a later format', changed: { formatVersion: { N: '2' } }, code: 'UNSUPPORTED_FORMAT' },
    { why: 'a token that is a text', changed: { token: { S: '7' } }, code: 'MALFORMED_DATA' },
    { why: 'a negative token', changed: { token: { N: '-7' } }, code: 'MALFORMED_DATA' },
    { why: 'a lease in words', changed: { leaseDurationMs: { S: '3' } }, code: 'MALFORMED_DATA' },
    { why: 'an unknown state', changed: { state: { S: 'resting' } }, code: 'MALFORMED_DATA' },
    { why: 'a request that is no text', changed: { request: { N: '1' } }, code: 'MALFORMED_DATA' },
  ])('is refused and left as it is: $why', async ({ changed, code }) => {
    const { error, writes } = await attempt({ ...GOOD, ...changed });

    expect(isTenureError(error, code)).toBe(true);
    expect(writes).toEqual([]);
  });

  it('in the history of a record that is gone never lets the token start again', async () => {
    const at = { pk: { S: pk }, sk: { S: termSortKeyOf(7n) } };
    await fc.assert(
      fc.asyncProperty(fc.option(attributeValue, { nil: undefined }), async (token) => {
        const { error, writes } = await attempt(
          { holder: { S: 'a' }, ...(token && { token }) },
          at,
        );
        const told = /^[1-9]\d*$/.test(token?.N ?? '') ? 'TOKEN_REGRESSION' : 'MALFORMED_DATA';
        expect(isTenureError(error, told), String(error)).toBe(true);
        expect(writes).toEqual([]);
      }),
      RUNS,
    );
  });

  it('is refused as a token, unless it is a plain decimal number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.bigInt().map(String)), (text) => {
        const token = parseToken(text);
        if (token !== undefined) expect(formatToken(token)).toBe(text);
      }),
      RUNS,
    );
    for (const text of ['', ' 7', '07', '+7', '-7', '7.0', '1e3', '0x7', '9'.repeat(39)]) {
      expect(parseToken(text)).toBeUndefined();
    }
  });

  it('in the options is refused with every problem, before anything is sent', () => {
    const odd = fc.oneof(fc.double(), fc.string(), fc.constantFrom(null, Number.NaN, -1, 0));
    const names = fc.constantFrom(
      'leaseDurationMs',
      'renewIntervalMs',
      'marginMs',
      'drainMs',
      'typo',
    );
    fc.assert(
      fc.property(fc.dictionary(names, odd), (timings) => {
        try {
          createElection({ name: ELECTION, via: memoryLease(), timings: timings as object });
        } catch (error) {
          expect(isTenureError(error, 'INVALID_OPTIONS')).toBe(true);
        }
      }),
      RUNS,
    );
  });
});
