import { expect, test } from 'vitest';
import {
  createElection,
  type Election,
  type ElectionOptions,
  type LeaseMechanism,
} from '../../../lib/index.ts';
import {
  collectingJournal,
  createMemory,
  type ManualClock,
  type Memory,
  manualClock,
  memoryLease,
} from '../../../lib/testing/index.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

function candidates(memory: Memory = createMemory(), clock: ManualClock = manualClock()) {
  const make = (options: Partial<ElectionOptions> = {}): Election =>
    createElection({ name: 'e', via: memoryLease(memory), timings, clock, ...options });
  return { memory, clock, make };
}

/** Work that runs until it is told to stop. */
const untilStopped = (term: { signal: AbortSignal }) =>
  new Promise<string>((resolve) => {
    term.signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });

test('elects the first candidate at once and hands over when the term is disposed', async () => {
  const { clock, make } = candidates();
  const [a, b] = [make({ candidatePrefix: 'a' }), make({ candidatePrefix: 'b' })];
  const first = await a.campaign();
  expect(first.token).toBe(1n);
  const second = b.campaign();
  await clock.advance(60_000);
  expect(first.remainingMs()).toBeGreaterThan(6_000);
  await first.resign();
  await clock.advance(3_000);
  expect((await second).token).toBe(2n);
});

test('a leader that can no longer renew is told to stop, then over, before a standby is elected', async () => {
  const { clock, make } = candidates();
  let cut = false;
  const memory = createMemory();
  const inner = memoryLease(memory);
  const via: LeaseMechanism = {
    ...inner,
    open: (election) => {
      const store = inner.open(election);
      const gone = { kind: 'unknown', cause: new Error('cut off'), permanent: false } as const;
      return {
        ...store,
        read: async (how) => (cut ? gone : store.read(how)),
        write: async (write, how) => (cut ? gone : store.write(write, how)),
      };
    },
  };
  const journal = collectingJournal();
  const a = make({ via, journal });
  const b = make({ via: inner });
  const term = await a.campaign();
  const standby = b.campaign();
  await clock.advance(5_000);
  cut = true;
  const lastRenewal = memory.records.get('e')?.renewedAtEpochMs ?? 0;
  const stopAt = lastRenewal + 10_000 - 200 - 1_000;
  await clock.advance(stopAt - clock.now().epochMs - 1);
  expect(term.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(term.signal.reason).toMatchObject({ code: 'LEADERSHIP_LOST', why: 'lapsed' });
  expect(term.remainingMs()).toBeCloseTo(1_000);
  await clock.advance(1_000);
  expect(term.remainingMs()).toBe(0);
  expect(() => term.throwIfOver()).toThrow('is over: lapsed');
  await clock.advance(1_000);
  expect((await standby).token).toBe(2n);
  expect(journal.events.at(-1)).toMatchObject({ event: 'lost', why: 'lapsed' });
});

test('joins the work before it releases, and renews while the work drains', async () => {
  const { clock, make, memory } = candidates();
  const abort = new AbortController();
  let finish = (_: string) => {};
  const done = make().lead(
    () =>
      new Promise<string>((resolve) => {
        finish = resolve;
      }),
    { signal: abort.signal },
  );
  await clock.advance(1);
  abort.abort();
  await clock.advance(4_000);
  expect(memory.records.get('e')).toMatchObject({ state: 'draining', token: 1n });
  expect(memory.records.get('e')?.holder).toBeDefined();
  finish('drained');
  expect(await done).toBe('drained');
  expect(memory.records.get('e')?.holder).toBeUndefined();
});

test('work that does not settle within the drain is reported, and the lease lapses unreleased', async () => {
  const { clock, make, memory } = candidates();
  const journal = collectingJournal();
  const abort = new AbortController();
  const stuck = make({ journal }).lead(() => new Promise(() => {}), { signal: abort.signal });
  const failure = expect(stuck).rejects.toMatchObject({ code: 'WORK_STUCK' });
  await clock.advance(1);
  abort.abort();
  await clock.advance(20_000);
  await failure;
  expect(memory.records.get('e')?.holder).toBeDefined();
  expect(journal.events.map(({ event }) => event)).toContain('stuck');
});

test('campaigns again after a loss, with a new token, once the work has been joined', async () => {
  const { clock, make, memory } = candidates();
  const abort = new AbortController();
  const tokens: bigint[] = [];
  const done = make().leadWhile(
    async (term) => {
      tokens.push(term.token);
      await untilStopped(term);
    },
    { signal: abort.signal },
  );
  await clock.advance(1);
  const record = memory.records.get('e');
  if (record) memory.records.set('e', { ...record, revision: 'someone else', holder: undefined });
  await clock.advance(30_000);
  expect(tokens).toEqual([1n, 2n]);
  abort.abort();
  // Standbys have read the announcement by then.
  await clock.advance(3_040);
  expect(await done).toBeUndefined();
});

test('announces that it hands over, and stops at once where it is asked for a second time', async () => {
  const { clock, make, memory } = candidates();
  const stop = new AbortController();
  const stopNow = new AbortController();
  let stopped = false;
  const done = make().leadWhile(
    async (term) => {
      await untilStopped(term);
      stopped = true;
    },
    { signal: stop.signal, stopNow: stopNow.signal },
  );
  await clock.advance(1);

  stop.abort();
  await clock.advance(100);
  expect(memory.records.get('e')).toMatchObject({ state: 'draining', token: 1n });
  expect(stopped).toBe(false);
  stopNow.abort();
  await clock.advance(1);

  expect(stopped).toBe(true);
  expect(await done).toBeUndefined();
});

test('tryCampaign keeps what it saw, so that a dead leader is replaced by one that asks rarely', async () => {
  const { clock, make, memory } = candidates();
  await make().campaign();
  const record = memory.records.get('e');
  const asker = make();
  expect(await asker.tryCampaign()).toBeUndefined();
  // The leader has died: its last write stays in the store.
  memory.records.set('e', { ...(record as NonNullable<typeof record>), revision: 'the last one' });
  expect(await asker.tryCampaign()).toBeUndefined();
  await clock.advance(9_999);
  memory.records.set('e', { ...(record as NonNullable<typeof record>), revision: 'the last one' });
  expect(await asker.tryCampaign()).toBeUndefined();
  await clock.advance(1);
  expect(await asker.tryCampaign()).toMatchObject({ token: 2n });
});

test('work that does not settle after the role was lost is reported too, once', async () => {
  const { clock, make } = candidates();
  const journal = collectingJournal();
  const stuck = make({ journal }).lead(() => new Promise(() => {}));
  const failure = expect(stuck).rejects.toMatchObject({ code: 'WORK_STUCK' });
  await clock.advance(1);
  clock.jumpWallClock(20_000);
  await clock.advance(20_000);
  await failure;
  expect(journal.events.map(({ event }) => event)).toEqual(['elected', 'lost', 'stuck']);
});
