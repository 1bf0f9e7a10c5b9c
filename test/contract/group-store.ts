/**
 * The contract of a group's store: run unchanged on memory and on DynamoDB Local.
 */
import { expect, test } from 'vitest';
import type { MemberRow, PartitionRecord, PlanHead } from '../../lib/core/group/rows.ts';
import type { GroupRead, GroupWrite, RecordWrite } from '../../lib/core/group/writes.ts';
import type { GroupStore } from '../../lib/group-ports.ts';
import { acquireOf, endOf, heartbeatOf, joinOf, PLAN } from './group-rows.ts';

const { signal } = new AbortController();

/** Gives the store of a group that was never created. */
export type OpenGroup = (group: string) => Promise<GroupStore>;

export function groupStoreContract(open: OpenGroup): void {
  let groups = 0;

  async function fresh() {
    groups += 1;
    const store = await open(`contract ${groups} ${crypto.randomUUID()}`);
    const write = (groupWrite: GroupWrite) => store.write(groupWrite, { signal });
    const writeRecords = (writes: readonly RecordWrite[]) => store.writeRecords(writes, { signal });
    const read = (groupRead: GroupRead) => store.read(groupRead, { signal });
    const head = async (): Promise<PlanHead | undefined> => {
      const sighting = await read({ kind: 'head', strong: true });
      if (sighting.kind !== 'head') throw new Error(`expected a head, got ${sighting.kind}`);
      return sighting.head;
    };
    const member = async (memberId: string): Promise<MemberRow> => {
      const sighting = await read({ kind: 'member', memberId, strong: true });
      if (sighting.kind !== 'member' || !sighting.row) throw new Error('expected a member');
      return sighting.row;
    };
    const records = async (...partitions: number[]): Promise<readonly PartitionRecord[]> => {
      const sighting = await read({ kind: 'records', partitions });
      if (sighting.kind !== 'records') throw new Error(`expected records, got ${sighting.kind}`);
      return sighting.records as readonly PartitionRecord[];
    };
    const seed = (...partitions: number[]) =>
      writeRecords(partitions.map((p) => ({ kind: 'seed', partition: p, revision: `seed ${p}` })));
    const create = (partitions = 4) =>
      write({ kind: 'create-group', partitions, writtenAtEpochMs: 100 });
    return { write, writeRecords, read, head, member, records, seed, create };
  }

  test('a group that was never created has no rows', async () => {
    const { read, head } = await fresh();

    expect(await head()).toBeUndefined();
    expect(await read({ kind: 'body', body: 'x' })).toEqual({ kind: 'body', plan: undefined });
    expect(await read({ kind: 'member', memberId: 'a', strong: false })).toEqual({
      kind: 'member',
    });
    expect(await read({ kind: 'roster' })).toEqual({ kind: 'roster', members: [], loads: [] });
    expect(await read({ kind: 'records', partitions: [0, 7] })).toEqual({
      kind: 'records',
      records: [undefined, undefined],
    });
  });

  test('a group is created once', async () => {
    const { create, head } = await fresh();

    expect((await create(4)).kind).toBe('granted');
    expect(await create(9)).toEqual({ kind: 'refused', row: await head() });
    expect(await head()).toEqual({
      formatVersion: 1,
      version: 0,
      partitions: 4,
      writtenAtEpochMs: 100,
    });
  });

  test('a claim is one planner’s until it is stale, and says whose it is', async () => {
    const { create, write, head } = await fresh();
    await create();
    const claim = { kind: 'claim', seenVersion: 0 } as const;

    expect((await write({ ...claim, claim: 'mine' })).kind).toBe('granted');
    expect(await write({ ...claim, claim: 'other' })).toEqual({
      kind: 'refused',
      row: await head(),
    });
    expect((await write({ ...claim, claim: 'other', staleClaim: 'else' })).kind).toBe('refused');
    expect((await write({ ...claim, claim: 'other', staleClaim: 'mine' })).kind).toBe('granted');
    expect((await write({ ...claim, claim: 'late', seenVersion: 1 })).kind).toBe('refused');
    expect((await head())?.claim).toBe('other');
  });

  test('of two plans from one version, one counts, and it removes claim and attention', async () => {
    const { create, write, head } = await fresh();
    await create();
    await write({ kind: 'claim', seenVersion: 0, claim: 'mine' });
    await write({ kind: 'call-attention', seenVersion: 0, attentionAtEpochMs: 5_000 });
    expect((await head())?.attentionAtEpochMs).toBe(5_000);
    const plan = { kind: 'write-plan', seenVersion: 0, partitions: 6 } as const;
    const outcomes = await Promise.all([
      write({ ...plan, body: 'one', writtenAtEpochMs: 200 }),
      write({ ...plan, body: 'two', writtenAtEpochMs: 300 }),
    ]);
    const now = await head();

    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['granted', 'refused']);
    expect(outcomes).toContainEqual({ kind: 'refused', row: now });
    expect(now).toMatchObject({ version: 1, partitions: 6, formatVersion: 1 });
    expect(now?.claim ?? now?.attentionAtEpochMs).toBeUndefined();
    const late = { kind: 'call-attention', seenVersion: 0, attentionAtEpochMs: 1 } as const;
    expect((await write(late)).kind).toBe('refused');
  });

  test('a body is read as it was written, and never written again', async () => {
    const { write, read } = await fresh();

    expect((await write({ kind: 'write-body', body: 'x', plan: PLAN })).kind).toBe('granted');
    const other = { ...PLAN, owners: [1, 1, 1, 1] };
    expect((await write({ kind: 'write-body', body: 'x', plan: other })).kind).toBe('refused');
    await write({ kind: 'expire-body', body: 'x' });
    expect(await read({ kind: 'body', body: 'x' })).toEqual({ kind: 'body', plan: PLAN });
  });

  test('a body of 10,000 partitions and 500 members is one row', async () => {
    const { write, read } = await fresh();
    const members = Array.from({ length: 500 }, () => crypto.randomUUID());
    const owners = Array.from({ length: 10_000 }, (_, p) => p % 500);
    const plan = { members, leavers: [], owners, pins: [], refusals: [] };

    await write({ kind: 'write-body', body: 'large', plan });
    expect(await read({ kind: 'body', body: 'large' })).toEqual({ kind: 'body', plan });
  });

  test('a member joins under an id that no member had', async () => {
    const { write, member } = await fresh();

    const attributes = { url: 'http://a' };
    expect((await write({ ...joinOf('a', 'r1'), attributes })).kind).toBe('granted');
    const row = await member('a');
    const { kind: _, ...joined } = joinOf('a', 'r1');
    expect(row).toEqual({ ...joined, attributes, closedMs: 0 });
    expect(await write(joinOf('a', 'r2'))).toEqual({ kind: 'refused', row });
  });

  test('a heartbeat needs the revision confirmed before, and tells an operator’s wish', async () => {
    const { write, member } = await fresh();
    await write(joinOf('a', 'r1'));

    await write({ kind: 'ask-to-leave', memberId: 'a' });
    expect((await member('a')).revision).toBe('r1');
    const outcome = await write({
      ...heartbeatOf('a', 'r1', 'r2'),
      state: 'leaving',
      appliedPlan: 4,
    });
    expect(outcome).toEqual({ kind: 'granted', row: await member('a') });
    expect(await member('a')).toMatchObject({
      ...{
        revision: 'r2',
        request: 'leave',
        state: 'leaving',
        appliedPlan: 4,
        joinedAtEpochMs: 900,
      },
    });
    expect((await write(heartbeatOf('a', 'r1', 'r3'))).kind).toBe('refused');
    expect((await write(heartbeatOf('b', 'r1', 'r3'))).kind).toBe('refused');
  });

  test('gone is final: no heartbeat, wish or second end changes it', async () => {
    const { write, member } = await fresh();
    await write(joinOf('a', 'r1'));

    expect((await write(endOf('a', 'r0'))).kind).toBe('refused');
    expect((await write(endOf('a', 'r1', 10_000))).kind).toBe('granted');
    const gone = await member('a');
    expect(gone).toMatchObject({ state: 'gone', revision: 'end r1', closedMs: 10_000 });
    expect(await write(heartbeatOf('a', 'r1', 'r2'))).toEqual({ kind: 'refused', row: gone });
    expect((await write({ kind: 'ask-to-leave', memberId: 'a' })).kind).toBe('refused');
    expect((await write({ kind: 'ask-to-leave', memberId: 'b' })).kind).toBe('refused');
    expect((await write(endOf('a', 'r1'))).kind).toBe('refused');
    expect(await member('a')).toEqual(gone);
  });

  test('the roster shows every member and load, and not the plan', async () => {
    const { create, write, read, member } = await fresh();
    await create();
    await write(joinOf('a', 'r1'));
    await write(joinOf('b', 'r1'));
    await write(endOf('b', 'r1'));
    const weights = new Map([
      [0, 2.5],
      [3, 1],
    ]);
    expect((await write({ kind: 'write-load', memberId: 'a', weights })).kind).toBe('granted');
    await write({ kind: 'write-load', memberId: 'a', weights: new Map([[0, 2]]) });

    expect(await read({ kind: 'roster' })).toEqual({
      kind: 'roster',
      members: [await member('a'), await member('b')],
      loads: [{ memberId: 'a', weights: new Map([[0, 2]]) }],
    });
  });

  test('a record is seeded once, vacant and with token 0', async () => {
    const { seed, records } = await fresh();

    expect(await seed(0, 17)).toEqual([{ kind: 'granted' }, { kind: 'granted' }]);
    const [first] = await records(0);
    expect(first).toEqual({
      ...{ partition: 0, token: 0n, revision: 'seed 0', leaseDurationMs: 0, writtenBy: 'seed' },
    });
    expect(await seed(0)).toEqual([{ kind: 'refused', row: first }]);
  });

  test('records are written and read in batches, each on its own', async () => {
    const { seed, writeRecords, records } = await fresh();
    const all = Array.from({ length: 25 }, (_, p) => p);
    await seed(...all);
    const seen = await records(...all);
    await writeRecords([acquireOf(seen[3] as PartitionRecord, 'b')]);
    const [third] = await records(3);

    const outcomes = await writeRecords(seen.map((record) => acquireOf(record, 'a')));
    expect(outcomes.filter(({ kind }) => kind === 'granted')).toHaveLength(24);
    expect(outcomes[3]).toEqual({ kind: 'refused', row: third });
    const held = await records(4, 3, 99);
    expect(held.map((record) => record?.holder)).toEqual(['a', 'b', undefined]);
    expect(held[0]).toEqual({
      ...{ partition: 4, token: 1n, holder: 'a', revision: 'a 4', leaseDurationMs: 10_000 },
      writtenBy: 'acquire',
    });
  });

  test.each([1, 2])(
    'a release, %i at a time, removes what it holds and nothing else',
    async (size) => {
      const { seed, writeRecords, records } = await fresh();
      const all = Array.from({ length: size }, (_, p) => p);
      await seed(...all);
      await writeRecords((await records(...all)).map((record) => acquireOf(record, 'a')));
      const held = await records(...all);
      const release = (holder: string, token: bigint) =>
        writeRecords(
          all.map((p) => ({ kind: 'release', partition: p, holder, token, revision: `free ${p}` })),
        );

      const refusals = held.map((row) => ({ kind: 'refused', row }));
      expect(await release('b', 1n)).toEqual(refusals);
      expect(await release('a', 0n)).toEqual(refusals);
      expect(await release('a', 1n)).toEqual(held.map(() => ({ kind: 'granted' })));
      const [free] = await records(0);
      const { holder: _, ...rest } = held[0] as PartitionRecord;
      expect(free).toEqual({ ...rest, revision: 'free 0', writtenBy: 'release' });
    },
  );

  test('a reseed needs what was seen, or that nothing is there', async () => {
    const { seed, writeRecords, records } = await fresh();
    await seed(0);
    const reseed = { kind: 'reseed', revision: 'new', token: 10n ** 38n - 2n } as const;

    expect(await writeRecords([{ ...reseed, partition: 0 }])).toMatchObject([{ kind: 'refused' }]);
    const seen = { ...reseed, partition: 0, seenRevision: 'seed 0' };
    expect(await writeRecords([seen, { ...reseed, partition: 1 }])).toEqual([
      { kind: 'granted' },
      { kind: 'granted' },
    ]);
    for (const record of await records(0, 1)) {
      expect(record).toMatchObject({
        token: 10n ** 38n - 2n,
        revision: 'new',
        writtenBy: 'operator',
      });
      expect(record.holder).toBeUndefined();
    }
  });
}
