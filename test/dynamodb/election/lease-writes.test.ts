import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LeaseRecord, LeaseWrite } from '../../../lib/core/lease/record.ts';
import { recordAfter } from '../../../lib/core/lease/writes.ts';
import { createLeaseStore } from '../../../lib/dynamodb/index.ts';
import { leaseKeyOf } from '../../../lib/dynamodb/table/schema.ts';
import { type FreshTable, freshTable } from '../../support/dynamodb.ts';

let table: FreshTable;
beforeAll(async () => {
  table = await freshTable();
});
afterAll(() => table[Symbol.dispose]());

const { signal } = new AbortController();
/** Only a few values, so that about half of the writes meet the record that they ask for. */
const nobodyOr = fc.option(fc.constantFrom('a', 'b'), { nil: undefined });
const holder = fc.constantFrom('a', 'b');
const revision = fc.constantFrom('r1', 'r2');
const token = fc.constantFrom(1n, 2n);
const ms = fc.integer({ min: 0, max: 20_000 });
const attributes = fc.option(fc.constantFrom({}, { url: 'http://a' }), { nil: undefined });
const reservation = fc.option(fc.record({ reservedMs: ms, reservedFor: nobodyOr }), {
  nil: undefined,
});
const timings = { leaseDurationMs: ms, renewIntervalMs: ms, renewedAtEpochMs: ms };
const tenancy = { holder, ...timings, attributes };
const fresh = fc.constant('new');

const record: fc.Arbitrary<LeaseRecord> = fc
  .record({
    formatVersion: fc.constant(1),
    token,
    holder: nobodyOr,
    revision,
    ...timings,
    state: fc.constantFrom('leading', 'draining'),
    writtenBy: fc.constantFrom('acquire', 'renew', 'release', 'operator'),
    reservation,
    request: fc.option(fc.constant('resign'), { nil: undefined }),
    requestedFor: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
    attributes,
  })
  .map(({ reservation: reserved, ...rest }) => ({ ...rest, ...reserved }) as LeaseRecord);

const kind = <K extends LeaseWrite['kind']>(of: K) => fc.constant(of);
const write = fc.oneof(
  fc.record({ kind: kind('first-acquire'), ...tenancy, revision: fresh, token }),
  fc.record({ kind: kind('acquire'), ...tenancy, seenRevision: revision, revision: fresh, token }),
  fc.record({
    kind: kind('renew'),
    ...tenancy,
    confirmedRevision: revision,
    revision: fresh,
    token,
    state: fc.constantFrom('leading', 'draining'),
  }),
  fc.record({ kind: kind('release'), holder, token, revision: fresh, reservation, attributes }),
  fc.record({
    kind: kind('request-resign'),
    seenHolder: holder,
    seenToken: token,
    revision: fresh,
    requestedFor: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
  }),
  fc.record({ kind: kind('depose'), seenRevision: revision, revision: fresh, reservation }),
  fc.record({
    kind: kind('reseed'),
    seenRevision: fc.option(revision, { nil: undefined }),
    revision: fresh,
    token,
    leaseDurationMs: ms,
    renewIntervalMs: ms,
  }),
  fc.record({
    kind: kind('end-stopped'),
    seenHolder: holder,
    seenRevision: revision,
    revision: fresh,
  }),
) as fc.Arbitrary<LeaseWrite>;

test('a write on DynamoDB changes any record as its neutral meaning says, or is refused as it says', async () => {
  const granted = new Set<string>();
  const refused = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.option(record, { nil: undefined }), write, async (there, sent) => {
      const election = crypto.randomUUID();
      if (there !== undefined) await put(election, there);
      const store = createLeaseStore({ ...table, election, historyDays: 0 });
      const outcome = await store.write(sent, { signal });
      const sighting = await store.read({ consistency: 'strong', signal });
      const now = sighting.kind === 'present' ? sighting.record : undefined;

      const expected = recordAfter(there, sent, now?.renewedAtEpochMs ?? 0);
      expect(outcome.kind).toBe(expected === undefined ? 'refused' : 'granted');
      expect(now).toEqual(expected ?? there);
      if (outcome.kind === 'refused') expect(outcome.record).toEqual(there);
      (expected === undefined ? refused : granted).add(sent.kind);
    }),
    { numRuns: 400 },
  );
  // Each kind of write must have occurred, else the comparison says nothing about it.
  const kinds = new Set([
    'first-acquire',
    'acquire',
    'renew',
    'release',
    'request-resign',
    'depose',
  ]);
  kinds.add('reseed').add('end-stopped');
  expect(granted).toEqual(kinds);
  expect(refused).toEqual(kinds);
});

/** A record as any of the writes may have left it. */
async function put(election: string, stored: LeaseRecord): Promise<void> {
  const { pk, sk } = leaseKeyOf(election);
  const { token: number, attributes: texts, reservedMs, reservedFor, ...rest } = stored;
  const entries = Object.entries(rest).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [[name, typeof value === 'number' ? { N: String(value) } : { S: value }]];
  });
  const M = Object.fromEntries(
    Object.entries(texts ?? {}).map(([key, text]) => [key, { S: text }]),
  );
  const Item = {
    pk: { S: pk },
    sk: { S: sk },
    ...Object.fromEntries(entries),
    token: { N: String(number) },
    ...(texts === undefined ? {} : { attributes: { M } }),
    ...(reservedMs === undefined ? {} : { reservedMs: { N: String(reservedMs) } }),
    // The empty text stands for no candidate.
    ...(reservedMs === undefined ? {} : { reservedFor: { S: reservedFor ?? '' } }),
  };
  await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
}
