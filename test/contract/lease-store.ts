/**
 * The contract of a lease store: run unchanged on memory, on the simulated store and on DynamoDB Local.
 */
import { expect, test } from 'vitest';
import type {
  Acquire,
  FirstAcquire,
  LeaseRecord,
  LeaseWrite,
  Renew,
} from '../../lib/core/lease/record.ts';
import type { LeaseStore } from '../../lib/ports.ts';

/** Gives a store for an election that was never held. */
export type OpenStore = (election: string) => Promise<LeaseStore>;

const { signal } = new AbortController();
const tenancy = { leaseDurationMs: 10_000, renewIntervalMs: 3_000, renewedAtEpochMs: 1_000 };

const first = (holder: string, revision: string): FirstAcquire => ({
  kind: 'first-acquire',
  holder,
  revision,
  token: 1n,
  ...tenancy,
});

const acquire = (holder: string, revision: string, from: LeaseRecord): Acquire => ({
  kind: 'acquire',
  holder,
  revision,
  seenRevision: from.revision,
  token: from.token + 1n,
  ...tenancy,
});

const renew = (revision: string, from: LeaseRecord, state: Renew['state'] = 'leading'): Renew => ({
  kind: 'renew',
  holder: from.holder ?? '',
  token: from.token,
  confirmedRevision: from.revision,
  revision,
  state,
  ...tenancy,
});

export function leaseStoreContract(open: OpenStore): void {
  let elections = 0;

  async function fresh() {
    elections += 1;
    const store = await open(`contract ${elections} ${crypto.randomUUID()}`);
    const write = (leaseWrite: LeaseWrite) => store.write(leaseWrite, { signal });
    const record = async (): Promise<LeaseRecord> => {
      const sighting = await store.read({ consistency: 'strong', signal });
      if (sighting.kind !== 'present') throw new Error(`expected a record, got ${sighting.kind}`);
      return sighting.record;
    };
    const held = async (holder = 'a') => {
      await write(first(holder, 'r1'));
      return record();
    };
    return { store, write, record, held };
  }

  test('an election that was never held is absent, and the first acquire takes token 1', async () => {
    const { store, write, record } = await fresh();
    expect(await store.read({ consistency: 'strong', signal })).toEqual({ kind: 'absent' });
    expect(await write({ ...first('a', 'r1'), attributes: { url: 'http://a' } })).toEqual({
      kind: 'granted',
      record: undefined,
    });
    expect(await record()).toEqual({
      formatVersion: 1,
      token: 1n,
      holder: 'a',
      revision: 'r1',
      state: 'leading',
      writtenBy: 'acquire',
      attributes: { url: 'http://a' },
      ...tenancy,
    });
  });

  test('a second first acquire is refused and shows who was first', async () => {
    const { write, held } = await fresh();
    const there = await held();
    expect(await write(first('b', 'r2'))).toEqual({ kind: 'refused', record: there });
  });

  test('an acquire needs the revision that was seen, and removes reservation and request', async () => {
    const { write, record, held } = await fresh();
    const there = await held();
    await write({ kind: 'request-resign', seenHolder: 'a', seenToken: 1n, revision: 'x' });
    await write({
      kind: 'depose',
      seenRevision: there.revision,
      revision: 'r2',
      reservation: { reservedMs: 5_000, reservedFor: 'b' },
    });
    const vacant = await record();
    expect(await write(acquire('b', 'r3', there))).toEqual({ kind: 'refused', record: vacant });
    expect((await write(acquire('b', 'r3', vacant))).kind).toBe('granted');
    expect(await record()).toEqual({
      formatVersion: 1,
      token: 2n,
      holder: 'b',
      revision: 'r3',
      state: 'leading',
      writtenBy: 'acquire',
      attributes: {},
      ...tenancy,
    });
  });

  test('of two acquires from one revision, one is granted and the other learns of it', async () => {
    const { write, record, held } = await fresh();
    const there = await held();
    const outcomes = await Promise.all([
      write(acquire('b', 'rb', there)),
      write(acquire('c', 'rc', there)),
    ]);
    const winner = await record();
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['granted', 'refused']);
    expect(outcomes.find(({ kind }) => kind === 'refused')).toEqual({
      kind: 'refused',
      record: winner,
    });
  });

  test('a renewal tells the new record, with an operator’s request in it', async () => {
    const { write, held } = await fresh();
    const there = await held();
    await write({ kind: 'request-resign', seenHolder: 'a', seenToken: 1n, revision: 'x' });
    const outcome = await write({ ...renew('r2', there, 'draining'), renewedAtEpochMs: 2_000 });
    expect(outcome).toEqual({
      kind: 'granted',
      record: {
        ...there,
        revision: 'r2',
        state: 'draining',
        writtenBy: 'renew',
        renewedAtEpochMs: 2_000,
        request: 'resign',
      },
    });
  });

  test.each<[string, (there: LeaseRecord) => Renew]>([
    ['another holder', (there) => ({ ...renew('r2', there), holder: 'b' })],
    ['an earlier token', (there) => ({ ...renew('r2', there), token: 0n })],
    ['an earlier revision', (there) => ({ ...renew('r2', there), confirmedRevision: 'r0' })],
  ])('a renewal by %s is refused and changes nothing', async (_, write) => {
    const store = await fresh();
    const there = await store.held();
    expect(await store.write(write(there))).toEqual({ kind: 'refused', record: there });
    expect(await store.record()).toEqual(there);
  });

  test('a release removes the holder, keeps the token, and may reserve the vacancy', async () => {
    const { write, record, held } = await fresh();
    const there = await held();
    const reservation = { reservedMs: 2_000, reservedFor: 'b' };
    await write({ kind: 'release', holder: 'a', token: 1n, revision: 'r2', reservation });
    const { holder: _, ...rest } = there;
    expect(await record()).toEqual({
      ...rest,
      revision: 'r2',
      writtenBy: 'release',
      ...reservation,
    });
  });

  test('a release by another holder, or of an earlier term, is refused', async () => {
    const { write, record, held } = await fresh();
    const there = await held();
    const release = { kind: 'release', revision: 'r2' } as const;
    expect((await write({ ...release, holder: 'b', token: 1n })).kind).toBe('refused');
    expect((await write({ ...release, holder: 'a', token: 0n })).kind).toBe('refused');
    expect(await record()).toEqual(there);
  });

  test('a request to resign leaves the revision alone', async () => {
    const { write, record, held } = await fresh();
    const there = await held();
    await write({ kind: 'request-resign', seenHolder: 'a', seenToken: 1n, revision: 'x' });
    expect(await record()).toEqual({ ...there, request: 'resign' });
  });

  test('a reseed keeps the vacancy closed for a lease, and starts from the token given', async () => {
    const { store, write, record } = await fresh();
    const reseed = { kind: 'reseed', revision: 'r1', token: 41n } as const;
    const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
    expect((await write({ ...reseed, ...timings })).kind).toBe('granted');
    expect(await record()).toMatchObject({ token: 41n, reservedMs: 10_000, writtenBy: 'operator' });
    expect((await record()).holder).toBeUndefined();
    expect((await record()).reservedFor).toBeUndefined();
    expect((await write({ ...reseed, ...timings, token: 1n })).kind).toBe('refused');
    expect((await store.read({ consistency: 'eventual', signal })).kind).toBe('present');
  });

  test('a stopped task’s tenancy ends only as it was seen', async () => {
    const { write, record, held } = await fresh();
    const there = await held();
    const end = { kind: 'end-stopped', seenHolder: 'a', revision: 'r2' } as const;
    expect((await write({ ...end, seenRevision: 'r0' })).kind).toBe('refused');
    expect((await write({ ...end, seenRevision: there.revision })).kind).toBe('granted');
    expect((await record()).holder).toBeUndefined();
    expect((await write({ ...end, seenRevision: there.revision })).kind).toBe('refused');
  });

  test('a token of 38 digits is kept to the last one', async () => {
    const { write, record } = await fresh();
    const token = 10n ** 38n - 2n;
    const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
    await write({ kind: 'reseed', revision: 'r1', token, ...timings });
    await write(acquire('a', 'r2', await record()));
    expect((await record()).token).toBe(token + 1n);
  });

  test('the newest history row proves that a deleted record once was there', async () => {
    const { store } = await fresh();
    for (const token of [9n, 10n]) {
      const entry = { token, candidateId: 'a', electedAtEpochMs: 1 };
      await store.chronicle({ ...entry, previousToken: token - 1n }, { signal });
    }
    await store.chronicle(
      { token: 9n, candidateId: 'a', electedAtEpochMs: 1, endedAtEpochMs: 2, why: 'lapsed' },
      { signal },
    );
    const sighting = await store.read({ consistency: 'strong', signal });
    expect(sighting).toEqual({ kind: 'absent', lastToken: 10n });
  });
}
