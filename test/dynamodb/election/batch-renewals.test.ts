import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Renew } from '../../../lib/core/lease/record.ts';
import { withDefaults } from '../../../lib/core/time/timing.ts';
import { renewalOutcome } from '../../../lib/dynamodb/batching/renewal-statement.ts';
import {
  type BatchRenewals,
  createLeaseStore,
  dynamoDbLease,
  inBatches,
  leaseKeyOf,
} from '../../../lib/dynamodb/index.ts';
import { createElection, type JournalEvent, type Term, type Timings } from '../../../lib/index.ts';
import { type FreshTable, freshTable } from '../../support/dynamodb.ts';
import { startFaultProxy } from '../../support/network/fault-proxy.ts';
import { scriptedDynamoDb } from '../../support/network/scripted-dynamodb.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
const { signal } = new AbortController();
let table: FreshTable;
beforeAll(async () => {
  table = await freshTable();
});
afterAll(() => table[Symbol.dispose]());

function mechanism(endpoint = table.endpoint, how: BatchRenewals | 'one by one' = {}) {
  const clientConfig = { ...table.clientConfig, endpoint };
  return dynamoDbLease({
    tableName: table.tableName,
    clientConfig,
    historyDays: 0,
    batchRenewals: how === 'one by one' ? undefined : inBatches(how),
  });
}

const open = (via: ReturnType<typeof mechanism>, name: string) =>
  via.open({ name, timings: withDefaults(timings), journal: { record: () => {} } });

/** A store whose record `holder` has acquired with revision r1, and the renewal that follows. */
async function held(via: ReturnType<typeof mechanism>, name: string) {
  const store = open(via, name);
  const tenancy = { holder: 'a', token: 1n, renewedAtEpochMs: 1_000, ...timings };
  await store.write({ kind: 'first-acquire', revision: 'r1', ...tenancy }, { signal });
  const renewal: Renew = {
    kind: 'renew',
    confirmedRevision: 'r1',
    revision: 'r2',
    state: 'leading',
    ...tenancy,
  };
  return { store, renewal, renew: () => store.write(renewal, { signal }) };
}

/** Elections of one process, led until the test ends them. */
async function leadAll(
  via: ReturnType<typeof mechanism>,
  names: readonly string[],
  given: Partial<Timings> = timings,
) {
  const events: JournalEvent[] = [];
  const journal = { record: (event: JournalEvent) => void events.push(event) };
  const terms = await Promise.all(
    names.map((name) => createElection({ name, via, timings: given, journal }).campaign()),
  );
  return { events, terms };
}

const resignAll = (terms: readonly Term[]) => Promise.all(terms.map((term) => term.resign()));

describe('renewals sent in batches', () => {
  test('200 elections of one process renew with at most one request for 20, and none lapses', {
    timeout: 180_000,
  }, async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    const names = Array.from({ length: 200 }, (_, index) => `many ${index}`);
    // 200 renewals in 3 s are one every 15 ms: 25 of them, a full request, take 375 ms.
    const via = mechanism(proxy.endpoint, { gatherMs: 450 });
    // A busy machine answers late: that must cause neither a lapse nor a second request.
    const patient = { leaseDurationMs: 60_000, renewIntervalMs: 3_000, writeTimeoutMs: 10_000 };
    const { events, terms } = await leadAll(via, names, patient);
    const since = performance.now();
    const before = events.length;
    const renewals = () => events.slice(before).filter(({ event }) => event === 'renewed').length;
    await expect.poll(renewals, { timeout: 120_000 }).toBeGreaterThanOrEqual(600);
    const { BatchExecuteStatement: requests = 0, UpdateItem: singles = 0 } = proxy.counts(since);
    expect(singles).toBe(0);
    expect(renewals() / requests).toBeGreaterThanOrEqual(20);
    expect(events.filter(({ event }) => event === 'lost')).toEqual([]);
    expect(terms.every(({ token }) => token === 1n)).toBe(true);
    await resignAll(terms);
  });

  test('name the table by its ARN where it was given so', async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    const tableName = `arn:aws:dynamodb:us-east-1:000000000000:table/${table.tableName}`;
    const clientConfig = { ...table.clientConfig, endpoint: proxy.endpoint };
    const via = dynamoDbLease({
      tableName,
      clientConfig,
      historyDays: 0,
      batchRenewals: inBatches(),
    });
    const { renew } = await held(via, 'by its ARN');
    const outcome = await renew();
    // DynamoDB Local knows no ARN in PartiQL, so the test compares the request with what AWS documents.
    const sent = proxy.exchanges.find(({ operation }) => operation === 'BatchExecuteStatement');
    const [{ Statement }] = JSON.parse(sent?.body ?? '{"Statements":[{}]}').Statements;
    expect(Statement).toMatch(/^UPDATE "arn:aws:dynamodb:us-east-1:000000000000:table\/tenure-/);
    expect(outcome).toMatchObject({ cause: { cause: { name: 'ValidationException' } } });
  });

  test.each([
    ['in batches', {}],
    ['one by one', 'one by one'],
  ] as const)(
    'tell a defect in our own code as a defect, not as silence of the store, %s',
    async (name, how) => {
      const { store, renewal } = await held(mechanism(table.endpoint, how), `defect ${name}`);
      const impossible = { ...renewal, token: undefined as unknown as bigint };
      await expect(store.write(impossible, { signal })).rejects.toThrow(TypeError);
    },
  );

  test('without the option each renewal is a request of its own', async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    const { renew } = await held(mechanism(proxy.endpoint, 'one by one'), 'single');
    expect((await renew()).kind).toBe('granted');
    expect(proxy.counts()).toEqual({ UpdateItem: 2 });
  });

  test('of two renewals in one request, one is refused and the other granted', async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    const via = mechanism(proxy.endpoint);
    const [kept, taken] = [await held(via, 'kept'), await held(via, 'taken')];
    const there = { kind: 'depose', seenRevision: 'r1', revision: 'r9' } as const;
    const operated = createLeaseStore({ ...table, election: 'taken', historyDays: 0 });
    await operated.write(there, { signal });
    const [granted, refused] = await Promise.all([kept.renew(), taken.renew()]);
    expect(granted).toMatchObject({ kind: 'granted', record: { revision: 'r2', token: 1n } });
    expect(refused).toMatchObject({ kind: 'refused', record: { revision: 'r9' } });
    expect(proxy.counts().BatchExecuteStatement).toBe(1);
  });

  test('a renewal whose answer was lost is unknown, and shows its own nonce when it is repeated', async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    const { store, renewal, renew } = await held(mechanism(proxy.endpoint), 'lost answer');
    proxy.inject({
      kind: 'reset',
      direction: 'answers',
      operation: 'BatchExecuteStatement',
      times: 1,
    });
    expect(await renew()).toMatchObject({ kind: 'unknown', permanent: false });
    const again = await store.write(renewal, { signal });
    expect(again).toMatchObject({ kind: 'refused', record: { revision: renewal.revision } });
  });

  test('leaders whose answers are lost keep their terms', async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    const { events, terms } = await leadAll(mechanism(proxy.endpoint), ['keeps a', 'keeps b']);
    let answers = 0;
    const operation = 'BatchExecuteStatement';
    const when = () => ++answers % 2 === 1;
    proxy.inject({ kind: 'black-hole', direction: 'answers', operation, when });
    const renewed = () => events.filter(({ event }) => event === 'renewed').length;
    await expect.poll(renewed, { timeout: 120_000 }).toBeGreaterThanOrEqual(4);
    expect(answers).toBeGreaterThanOrEqual(2);
    expect(terms.map(({ signal: stop }) => stop.aborted)).toEqual([false, false]);
    await resignAll(terms);
  });

  test('two renewals of one record go in two requests, since DynamoDB takes each item once', async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    const { store, renewal } = await held(mechanism(proxy.endpoint), 'twice');
    const later = { ...renewal, revision: 'r3' };
    const outcomes = await Promise.all([
      store.write(renewal, { signal }),
      store.write(later, { signal }),
    ]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['granted', 'refused']);
    expect(proxy.counts().BatchExecuteStatement).toBe(2);
  });

  test('a renewal that is given up while it waits is never sent', async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    const { store, renewal } = await held(mechanism(proxy.endpoint), 'given up');
    const deadline = new AbortController();
    const outcome = store.write(renewal, { signal: deadline.signal });
    deadline.abort(new Error('too late'));
    expect(await outcome).toMatchObject({ kind: 'unknown', permanent: false });
    const next = await store.write({ ...renewal, revision: 'r3' }, { signal });
    expect(next).toMatchObject({ kind: 'granted', record: { revision: 'r3' } });
    expect(proxy.counts().BatchExecuteStatement).toBe(1);
  });

  test('a renewal that announces a hand-over does not wait for others', async () => {
    await using proxy = await startFaultProxy(table.endpoint);
    const { store, renewal } = await held(mechanism(proxy.endpoint), 'draining');
    expect((await store.write({ ...renewal, state: 'draining' }, { signal })).kind).toBe('granted');
    expect(proxy.counts()).toEqual({ UpdateItem: 2 });
  });

  test('an operator’s wish is seen by a leader whose renewals go in batches', async () => {
    const { events, terms } = await leadAll(mechanism(), ['wished']);
    const { pk, sk } = leaseKeyOf('wished');
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.tableName,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: 'SET #request = :request',
        ExpressionAttributeNames: { '#request': 'request' },
        ExpressionAttributeValues: { ':request': { S: 'resign' } },
      }),
    );
    await expect.poll(() => terms[0]?.signal.aborted, { timeout: 120_000 }).toBe(true);
    expect(events.map(({ event }) => event)).toContain('draining');
    await resignAll(terms);
  });
});

describe('what each answer of a batch means', () => {
  const answers = [
    ['ThrottlingError', 'UNREACHABLE', false],
    ['ProvisionedThroughputExceeded', 'UNREACHABLE', false],
    ['RequestLimitExceeded', 'UNREACHABLE', false],
    ['TransactionConflict', 'UNREACHABLE', false],
    ['InternalServerError', 'UNREACHABLE', false],
    ['AccessDenied', 'ACCESS_DENIED', false],
    ['ResourceNotFound', 'NOT_FOUND', true],
    ['ValidationError', 'MALFORMED_DATA', true],
  ] as const;
  test.each(answers)('%s of one statement is unknown with %s', async (Code, code, permanent) => {
    await using scripted = await scriptedDynamoDb(table.endpoint);
    const { renew } = await held(mechanism(scripted.endpoint), `answered ${Code}`);
    const body = { Responses: [{ Error: { Code, Message: 'scripted' } }] };
    scripted.answerNext({ operation: 'BatchExecuteStatement', status: 200, body });
    expect(await renew()).toMatchObject({ kind: 'unknown', permanent, cause: { code } });
  });

  test('one throttled statement leaves its neighbour granted', async () => {
    await using scripted = await scriptedDynamoDb(table.endpoint);
    const via = mechanism(scripted.endpoint);
    const [first, second] = [await held(via, 'throttled'), await held(via, 'neighbour')];
    const body = { Responses: [{ Error: { Code: 'ThrottlingError' } }, { TableName: 'any' }] };
    scripted.answerNext({ operation: 'BatchExecuteStatement', status: 200, body });
    const outcomes = await Promise.all([first.renew(), second.renew()]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['unknown', 'granted']);
  });

  test('an answer with fewer parts than the request leaves the rest unknown', async () => {
    await using scripted = await scriptedDynamoDb(table.endpoint);
    const { renew } = await held(mechanism(scripted.endpoint), 'short answer');
    const body = { Responses: [] };
    scripted.answerNext({ operation: 'BatchExecuteStatement', status: 200, body });
    expect(await renew()).toMatchObject({ kind: 'unknown', permanent: false });
  });

  test('an answer that our own code misreads is told as a defect, not as silence of the store', () => {
    const Item = { formatVersion: null as never };
    const place = { tableName: 'any', election: 'misread' };
    expect(() => renewalOutcome({ Item }, place)).toThrow(TypeError);
    expect(renewalOutcome({ Item: {} }, place)).toMatchObject({
      cause: { code: 'MALFORMED_DATA' },
    });
  });

  test('a missing permission is unknown for every renewal of the request, and may heal', async () => {
    await using scripted = await scriptedDynamoDb(table.endpoint);
    const via = mechanism(scripted.endpoint);
    const both = [await held(via, 'denied a'), await held(via, 'denied b')];
    const __type = 'com.amazon.coral.service#AccessDeniedException';
    const body = { __type, Message: 'not authorized to perform: dynamodb:PartiQLUpdate' };
    scripted.answerNext({ operation: 'BatchExecuteStatement', body });
    for (const outcome of await Promise.all(both.map(({ renew }) => renew()))) {
      expect(outcome).toMatchObject({
        kind: 'unknown',
        permanent: false,
        denied: true,
        cause: { code: 'ACCESS_DENIED', message: expect.stringContaining('PartiQLUpdate') },
      });
    }
  });
});

describe('the time that a renewal waits for others', () => {
  test.each([-1, 500, Number.NaN])('%d ms beside a write timeout of 1 s is refused', (gatherMs) => {
    expect(() =>
      createElection({ name: 'e', via: mechanism(undefined, { gatherMs }), timings }),
    ).toThrow(`must be at least 0 and below half of writeTimeoutMs (500), got ${gatherMs}`);
  });
});
