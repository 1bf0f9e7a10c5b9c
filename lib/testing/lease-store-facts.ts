/**
 * The facts that every lease store keeps, each told on a fresh election.
 */
import type { LeaseRecord, Renew } from '../core/lease/record.ts';
import { acquire, type Fresh, first, renew, same, signal, tenancy } from './lease-store-ground.ts';

/** @throws AssertionError, with what was expected and what came, where the store breaks the fact. */
export type Fact = (store: Fresh) => Promise<void>;

function refusesRenewal(renewal: (there: LeaseRecord) => Renew): Fact {
  return async ({ write, record, held }) => {
    const there = await held();
    same(await write(renewal(there)), { kind: 'refused', record: there });
    same(await record(), there);
  };
}

export const LEASE_STORE_FACTS: Readonly<Record<string, Fact>> = {
  'an election that was never held is absent, and the first acquire takes token 1': async ({
    store,
    write,
    record,
  }) => {
    same(await store.read({ consistency: 'strong', signal }), { kind: 'absent' });
    same(await write({ ...first('a', 'r1'), attributes: { url: 'http://a' } }), {
      kind: 'granted',
      record: undefined,
    });
    same(await record(), {
      formatVersion: 1,
      token: 1n,
      holder: 'a',
      revision: 'r1',
      state: 'leading',
      writtenBy: 'acquire',
      attributes: { url: 'http://a' },
      ...tenancy,
    });
  },

  'a second first acquire is refused and shows who was first': async ({ write, held }) => {
    const there = await held();
    same(await write(first('b', 'r2')), { kind: 'refused', record: there });
  },

  'an acquire needs the revision that was seen, and removes reservation and request': async ({
    write,
    record,
    held,
  }) => {
    const there = await held();
    await write({ kind: 'request-resign', seenHolder: 'a', seenToken: 1n, revision: 'x' });
    await write({
      kind: 'depose',
      seenRevision: there.revision,
      revision: 'r2',
      reservation: { reservedMs: 5_000, reservedFor: 'b' },
    });
    const vacant = await record();
    same(await write(acquire('b', 'r3', there)), { kind: 'refused', record: vacant });
    same((await write(acquire('b', 'r3', vacant))).kind, 'granted');
    same(await record(), {
      formatVersion: 1,
      token: 2n,
      holder: 'b',
      revision: 'r3',
      state: 'leading',
      writtenBy: 'acquire',
      attributes: {},
      ...tenancy,
    });
  },

  'of two acquires from one revision, one is granted and the other learns of it': async ({
    write,
    record,
    held,
  }) => {
    const there = await held();
    const outcomes = await Promise.all([
      write(acquire('b', 'rb', there)),
      write(acquire('c', 'rc', there)),
    ]);
    const winner = await record();
    same(outcomes.map(({ kind }) => kind).sort(), ['granted', 'refused']);
    same(
      outcomes.find(({ kind }) => kind === 'refused'),
      {
        kind: 'refused',
        record: winner,
      },
    );
  },

  'a renewal tells the new record, with an operator’s request in it': async ({ write, held }) => {
    const there = await held();
    await write({ kind: 'request-resign', seenHolder: 'a', seenToken: 1n, revision: 'x' });
    const outcome = await write({ ...renew('r2', there, 'draining'), renewedAtEpochMs: 2_000 });
    same(outcome, {
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
  },

  'a release removes the holder, keeps the token, and may reserve the vacancy': async ({
    write,
    record,
    held,
  }) => {
    const there = await held();
    const reservation = { reservedMs: 2_000, reservedFor: 'b' };
    await write({ kind: 'release', holder: 'a', token: 1n, revision: 'r2', reservation });
    const { holder: _, ...rest } = there;
    same(await record(), {
      ...rest,
      revision: 'r2',
      writtenBy: 'release',
      ...reservation,
    });
  },

  'a release leaves the last word of its leader, or what it stated last': async ({
    write,
    record,
    held,
  }) => {
    const there = await held();
    const release = { kind: 'release', holder: 'a', token: 1n, revision: 'r2' } as const;
    const reservation = { reservedMs: 2_000, reservedFor: 'b' };
    await write({ ...renew('r1b', there), attributes: { step: '6' } });
    same((await record()).attributes, { step: '6' });
    await write(release);
    same((await record()).attributes, { step: '6' });
    await write({ ...acquire('a', 'r3', await record()), attributes: {} });
    await write({ ...release, token: 2n, revision: 'r4', attributes: { step: '7' }, reservation });
    const { attributes, reservedFor } = await record();
    same({ attributes, reservedFor }, { attributes: { step: '7' }, reservedFor: 'b' });
  },

  'a release by another holder, or of an earlier term, is refused': async ({
    write,
    record,
    held,
  }) => {
    const there = await held();
    const release = { kind: 'release', revision: 'r2' } as const;
    same((await write({ ...release, holder: 'b', token: 1n })).kind, 'refused');
    same((await write({ ...release, holder: 'a', token: 0n })).kind, 'refused');
    same(await record(), there);
  },

  'a request to resign leaves the revision alone': async ({ write, record, held }) => {
    const there = await held();
    await write({ kind: 'request-resign', seenHolder: 'a', seenToken: 1n, revision: 'x' });
    same(await record(), { ...there, request: 'resign' });
  },

  'a request to resign may name a candidate, and the next one without takes the name away': async ({
    write,
    record,
    held,
  }) => {
    const there = await held();
    const request = { kind: 'request-resign', seenHolder: 'a', seenToken: 1n } as const;
    await write({ ...request, revision: 'x', requestedFor: 'b' });
    same(await record(), { ...there, request: 'resign', requestedFor: 'b' });
    await write({ ...request, revision: 'y' });
    same(await record(), { ...there, request: 'resign' });
  },

  'a reseed keeps the vacancy closed for a lease, and starts from the token given': async ({
    store,
    write,
    record,
  }) => {
    const reseed = { kind: 'reseed', revision: 'r1', token: 41n } as const;
    const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
    same((await write({ ...reseed, ...timings })).kind, 'granted');
    const { token, reservedMs, writtenBy } = await record();
    same(
      { token, reservedMs, writtenBy },
      { token: 41n, reservedMs: 10_000, writtenBy: 'operator' },
    );
    same((await record()).holder, undefined);
    same((await record()).reservedFor, undefined);
    same((await write({ ...reseed, ...timings, token: 1n })).kind, 'refused');
    same((await store.read({ consistency: 'eventual', signal })).kind, 'present');
  },

  'a stopped task’s tenancy ends only as it was seen': async ({ write, record, held }) => {
    const there = await held();
    const end = { kind: 'end-stopped', seenHolder: 'a', revision: 'r2' } as const;
    same((await write({ ...end, seenRevision: 'r0' })).kind, 'refused');
    same((await write({ ...end, seenRevision: there.revision })).kind, 'granted');
    same((await record()).holder, undefined);
    same((await write({ ...end, seenRevision: there.revision })).kind, 'refused');
  },

  'a token of 38 digits is kept to the last one': async ({ write, record }) => {
    const token = 10n ** 38n - 2n;
    const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
    await write({ kind: 'reseed', revision: 'r1', token, ...timings });
    await write(acquire('a', 'r2', await record()));
    same((await record()).token, token + 1n);
  },

  'the newest history row proves that a deleted record once was there': async ({ store }) => {
    for (const token of [9n, 10n]) {
      const entry = { token, candidateId: 'a', electedAtEpochMs: 1 };
      await store.chronicle({ ...entry, previousToken: token - 1n }, { signal });
    }
    await store.chronicle(
      { token: 9n, candidateId: 'a', electedAtEpochMs: 1, endedAtEpochMs: 2, why: 'lapsed' },
      { signal },
    );
    const sighting = await store.read({ consistency: 'strong', signal });
    same(sighting, { kind: 'absent', lastToken: 10n });
  },

  'lists candidates as they registered last, and none that has left': async ({ store }) => {
    const { register, unregister, candidates } = store;
    // A store that keeps no candidates has none to list.
    if (!register || !unregister || !candidates) return;
    const at = (ms: number) => ({ startedAtEpochMs: 1, registeredAtEpochMs: Date.now() + ms });
    const facts = { score: 0.5, zone: 'z1', version: '1.2.3' };
    await register({ candidateId: 'a/1', ...at(1) }, { signal });
    await register({ candidateId: 'a/2', ...at(1) }, { signal });
    const last = { candidateId: 'a/2', ...facts, ...at(2) };
    await register(last, { signal });
    await unregister('a/1', { signal });
    const listed = await candidates({ signal });
    const seen = listed.map(({ candidateId, registeredAtEpochMs, score, zone, version }) =>
      [candidateId, registeredAtEpochMs, score, zone, version].join(),
    );
    same(seen, [['a/2', last.registeredAtEpochMs, 0.5, 'z1', '1.2.3'].join()]);
  },

  'a renewal by another holder is refused and changes nothing': refusesRenewal((there) => ({
    ...renew('r2', there),
    holder: 'b',
  })),

  'a renewal by an earlier token is refused and changes nothing': refusesRenewal((there) => ({
    ...renew('r2', there),
    token: 0n,
  })),

  'a renewal by an earlier revision is refused and changes nothing': refusesRenewal((there) => ({
    ...renew('r2', there),
    confirmedRevision: 'r0',
  })),
};
