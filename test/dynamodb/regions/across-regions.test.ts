/**
 * An election, fenced writes and a checkpoint over a table of three Regions: real requests through the
 * endpoints of `startRegions`, real rows in DynamoDB Local.
 */
import {
  DescribeTableCommand,
  DynamoDBClient,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { createLeaseStore } from '../../../lib/dynamodb/election/operated-store.ts';
import {
  checkpoint,
  createLeaseTable,
  fenced,
  multiRegionLease,
  TTL_ATTRIBUTE,
} from '../../../lib/dynamodb/index.ts';
import { byRegion, createElection, type Timings } from '../../../lib/index.ts';
import { startRegions } from '../../../lib/testing/index.ts';
import { termOf } from '../../support/fencing-term.ts';
import { tableOfFile } from '../../support/table-of-file.ts';
import { until } from '../../support/until.ts';

const table = await tableOfFile();
const { tableName } = table;
const [HOME, SECOND, THIRD] = ['eu-west-1', 'eu-central-1', 'eu-west-3'] as const;
const REGIONS = [HOME, SECOND, THIRD];
const { signal } = new AbortController();

const startThree = (roundTripMs = 10) =>
  startRegions({ endpoint: table.endpoint, regions: REGIONS, roundTripMs });
type Regions = Awaited<ReturnType<typeof startThree>>;

const configIn = (regions: Regions, region: string) => ({
  ...table.clientConfig,
  region,
  endpoint: regions.endpointOf(region),
});

function clientIn(regions: Regions, region: string): DynamoDBClient {
  return new DynamoDBClient({ ...configIn(regions, region), maxAttempts: 1 });
}

const storeIn = (regions: Regions, region: string, election: string) =>
  createLeaseStore({ client: clientIn(regions, region), tableName, election, historyDays: 0 });

/** A lease that lapses within a test, and outlasts a machine that stands still for seconds. */
const TIMINGS: Partial<Timings> = {
  leaseDurationMs: 6_000,
  renewIntervalMs: 600,
  writeTimeoutMs: 1_000,
};

/** A candidate of a Region that writes a fenced row while it leads, and prefers home. */
function candidateIn(regions: Regions, region: string, tokens: bigint[]) {
  const election = createElection({
    name: 'spanning',
    via: multiRegionLease({ tableName, clientConfig: configIn(regions, region), roundTripMs: 20 }),
    timings: TIMINGS,
    registration: { zone: `${region}a` },
    prefer: byRegion(HOME, { forMs: 2_000, everyMs: 1_000 }),
  });
  const client = clientIn(regions, region);
  const stop = new AbortController();
  const led = election.leadWhile(
    async (term) => {
      while (!term.signal.aborted) {
        await writeFenced(client, term, 'led', term.signal).then(
          () => tokens.push(term.token),
          () => undefined,
        );
        await term.sleep(200).catch(() => undefined);
      }
    },
    { signal: stop.signal },
  );
  return {
    election,
    async leave() {
      stop.abort();
      await led;
    },
  };
}

type Writer = Parameters<typeof fenced>[1];

/** Until the term ends: a Region that is gone keeps a write waiting. */
function writeFenced(client: DynamoDBClient, term: Writer, name: string, until = signal) {
  const write = new UpdateItemCommand({
    TableName: tableName,
    Key: { pk: { S: 'resource' }, sk: { S: name } },
    UpdateExpression: 'SET #by = :by',
    ExpressionAttributeNames: { '#by': 'by' },
    ExpressionAttributeValues: { ':by': { S: term.candidateId } },
  });
  return fenced(client, term).send(write, { abortSignal: until });
}

it('is led at home, elsewhere when home is gone, and at home again when it is back', async () => {
  await using regions = await startThree();
  const tokens: bigint[] = [];
  const home = candidateIn(regions, HOME, tokens);
  const second = candidateIn(regions, SECOND, tokens);
  const third = candidateIn(regions, THIRD, tokens);
  const leads = (one: typeof home) => () => one.election.isLeading;
  await until(leads(home), { what: 'a leader at home' });

  const before = tokens.length;
  regions.takeAway(HOME);
  await until(() => second.election.isLeading || third.election.isLeading, {
    what: 'a leader elsewhere',
  });
  expect(home.election.isLeading).toBe(false);
  await until(() => tokens.length > before, { what: 'its first fenced write' });

  await regions.heal(HOME);
  await until(leads(home), { what: 'a leader at home again' });
  expect(tokens).toEqual(tokens.toSorted((a, b) => Number(a - b)));
  await Promise.all([home.leave(), second.leave(), third.leave()]);
});

it('refuses what is strongly consistent where a Region is cut off, and shows what was there', async () => {
  await using regions = await startThree();
  const stores = REGIONS.map((region) => storeIn(regions, region, 'cut'));
  const [home, second] = stores as [(typeof stores)[0], (typeof stores)[0]];
  const tenancy = { leaseDurationMs: 10_000, renewIntervalMs: 3_000, renewedAtEpochMs: 1 };
  const first = { kind: 'first-acquire', holder: 'a', token: 1n, ...tenancy } as const;
  await home.write({ ...first, revision: 'r1' }, { signal });
  const taken = { kind: 'acquire', holder: 'b', token: 2n, ...tenancy } as const;
  const acquire = { ...taken, seenRevision: 'r1', revision: 'r2' } as const;
  const tokenIn = async (store: typeof home, consistency: 'strong' | 'eventual') => {
    const sighting = await store.read({ consistency, signal });
    return sighting.kind === 'present' ? sighting.record.token : sighting.kind;
  };

  await regions.cutOff(HOME);
  expect(await home.write(acquire, { signal })).toMatchObject({ kind: 'unknown' });
  expect(await tokenIn(home, 'strong')).toBe('unknown');
  expect((await second.write(acquire, { signal })).kind).toBe('granted');
  expect(await tokenIn(home, 'eventual')).toBe(1n);
  expect(await tokenIn(second, 'eventual')).toBe(2n);

  await regions.heal(HOME);
  expect(await tokenIn(home, 'eventual')).toBe(2n);
  expect((await home.write({ ...acquire, revision: 'r3' }, { signal })).kind).toBe('refused');
});

it('takes a write conflict between Regions for unknown, and lets one of two win', async () => {
  await using regions = await startThree(100);
  const tenancy = { leaseDurationMs: 10_000, renewIntervalMs: 3_000, renewedAtEpochMs: 1 };
  let races = 0;
  await until(
    async () => {
      races += 1;
      const outcomes = await Promise.all(
        [HOME, SECOND].map((region) =>
          storeIn(regions, region, `race ${races}`).write(
            { kind: 'first-acquire', holder: region, token: 1n, revision: region, ...tenancy },
            { signal },
          ),
        ),
      );
      const granted = outcomes.filter(({ kind }) => kind === 'granted');
      expect(granted).toHaveLength(1);
      const isUnknown = outcomes.some(({ kind }) => kind === 'unknown');
      expect(isUnknown).toBe(regions.conflicts > 0);
      return isUnknown;
    },
    { what: 'a conflict' },
  );
});

it('refuses the fenced write and the checkpoint of a leader that was replaced in another Region', async () => {
  await using regions = await startThree();
  const [home, second] = [clientIn(regions, HOME), clientIn(regions, SECOND)];
  const key = { pk: 'checkpoint', sk: 'across' };
  const of = (client: DynamoDBClient, token: bigint) =>
    checkpoint<string>(termOf(token), {
      ...{ client, tableName, key, schemaVersion: 1 },
      parse: (state) => state as string,
    });
  const [old, next] = [of(home, 1n), of(second, 2n)];
  await old.load();
  await old.save('by home');
  await writeFenced(home, termOf(1n), 'replaced');

  expect(await next.load()).toBe('by home');
  await expect(old.save('too late')).rejects.toMatchObject({ code: 'STALE_TOKEN' });
  await writeFenced(second, termOf(2n), 'replaced');
  const late = writeFenced(home, termOf(1n), 'replaced');
  await expect(late).rejects.toMatchObject({ code: 'STALE_TOKEN' });
});

it('refuses a lease check before it is sent, and says why', async () => {
  await using regions = await startThree();
  const clientConfig = configIn(regions, HOME);
  const election = createElection({
    name: 'checked',
    via: multiRegionLease({ tableName, clientConfig }),
  });
  await using term = await election.campaign();
  const client = clientIn(regions, HOME);
  const write = new UpdateItemCommand({
    TableName: tableName,
    Key: { pk: { S: 'resource' }, sk: { S: 'checked' } },
    UpdateExpression: 'SET #by = :by',
    ExpressionAttributeNames: { '#by': 'by' },
    ExpressionAttributeValues: { ':by': { S: 'home' } },
  });
  await expect(fenced(client, term, { check: 'lease' }).send(write)).rejects.toMatchObject({
    code: 'NOT_FENCEABLE',
    message: expect.stringContaining('is multi-Region strongly consistent'),
  });
});

it('behaves as such a table: no transactions, no TTL, and three Regions in its description', async () => {
  await using regions = await startThree();
  const client = clientIn(regions, SECOND);
  const transaction = new TransactWriteItemsCommand({ TransactItems: [] });
  const expiry = new UpdateTimeToLiveCommand({
    TableName: tableName,
    TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
  });
  for (const refused of [client.send(transaction), client.send(expiry)]) {
    await expect(refused).rejects.toThrow('multi-Region strong consistency does not support');
  }
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  expect(Table).toMatchObject({ MultiRegionConsistency: 'STRONG' });
  expect(Table?.Replicas?.map(({ RegionName }) => RegionName)).toEqual([HOME, THIRD]);
  await expect(createLeaseTable(client, `${tableName}-new`)).rejects.toThrow('Time to Live');
});

it('needs three Regions, or two and a witness', async () => {
  const { endpoint } = table;
  await expect(startRegions({ endpoint, regions: [HOME, SECOND] })).rejects.toThrow(
    'regions must be three Regions, or two and a witness, got eu-west-1, eu-central-1; name each once',
  );
  await using regions = await startRegions({ endpoint, regions: [HOME, SECOND], witness: THIRD });
  regions.takeAway(SECOND);
  const home = storeIn(regions, HOME, 'witnessed');
  expect((await home.read({ consistency: 'strong', signal })).kind).toBe('absent');
  regions.takeAway(THIRD);
  expect((await home.read({ consistency: 'strong', signal })).kind).toBe('unknown');
  expect(() => regions.endpointOf(THIRD)).toThrow('is a witness');
});
