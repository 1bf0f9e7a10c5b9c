import { expect, it } from 'vitest';
import { createElection } from '../../../lib/index.ts';
import {
  collectingJournal,
  createMemory,
  manualClock,
  memoryLease,
} from '../../../lib/testing/index.ts';

const HOUR_MS = 3_600_000;

function start(options: { score?: number | (() => number) } = {}) {
  const clock = manualClock();
  const memory = createMemory();
  const journal = collectingJournal();
  const registration = { zone: 'us-east-1a', version: '1.2.3', ...options };
  const via = memoryLease(memory);
  const election = createElection({ name: 'x', via, clock, journal, registration });
  const row = () => memory.registrations.get('x')?.get(election.candidateId);
  return { clock, memory, journal, election, row };
}

it('publishes a candidate when it first campaigns, and not before', async () => {
  const { election, row, clock } = start({ score: 5 });
  expect(row()).toBeUndefined();

  await using _term = await election.campaign();

  const now = clock.now().epochMs;
  expect(row()).toEqual({
    candidateId: election.candidateId,
    score: 5,
    zone: 'us-east-1a',
    version: '1.2.3',
    startedAtEpochMs: now,
    registeredAtEpochMs: now,
  });
});

it('publishes again once an hour while it leads, with the score of then', async () => {
  let score = 1;
  const { election, row, clock } = start({ score: () => score });
  const startedAtEpochMs = clock.now().epochMs;
  await using _term = await election.campaign();
  score = 2;

  await clock.advance(HOUR_MS - 1_000);
  expect(row()?.score).toBe(1);
  await clock.advance(1_000);

  expect(row()).toMatchObject({ score: 2, startedAtEpochMs });
  expect(row()?.registeredAtEpochMs).toBe(startedAtEpochMs + HOUR_MS);
});

it('takes its row away when its term was resigned, and leaves no timer behind', async () => {
  const { election, row, clock } = start();
  const term = await election.campaign();

  await term.resign();

  expect(row()).toBeUndefined();
  await clock.advance(2 * HOUR_MS);
  expect(row()).toBeUndefined();
  expect(clock.pending).toBe(0);
});

it('takes its row away when its campaign is called off', async () => {
  const { election, memory, clock, row } = start();
  const leader = createElection({ name: 'x', via: memoryLease(memory), clock });
  await using _term = await leader.campaign();
  const leave = new AbortController();
  const campaign = election.campaign({ signal: leave.signal });
  await clock.advance(1_000);
  expect(row()).toBeDefined();

  leave.abort();

  await expect(campaign).rejects.toThrow('aborted');
  await clock.advance(0);
  expect(row()).toBeUndefined();
});

it('does not keep a campaign that is called off waiting for its row', async () => {
  const inner = memoryLease();
  const open = (of: Parameters<typeof inner.open>[0]) => ({
    ...inner.open(of),
    register: async () => {},
    unregister: () => new Promise<never>(() => {}),
  });
  const clock = manualClock();
  const leader = createElection({ name: 'x', via: inner, clock });
  await using _term = await leader.campaign();
  const election = createElection({ name: 'x', via: { ...inner, open }, clock, registration: {} });
  const leave = new AbortController();
  const campaign = election.campaign({ signal: leave.signal });
  await clock.advance(1_000);

  leave.abort();

  await expect(campaign).rejects.toThrow('aborted');
});

it('keeps its row when it loses its term, and publishes again once it has left and comes back', async () => {
  const { election, memory, row, clock } = start();
  const term = await election.campaign();
  const record = memory.records.get('x');
  if (record === undefined) return expect.unreachable();
  memory.records.set('x', { ...record, holder: undefined, revision: 'operator' });
  await clock.advance(60_000);
  await term.resign();
  const before = row();
  expect(before).toBeDefined();

  await (await election.campaign()).resign();
  await using _again = await election.campaign();

  expect(row()?.registeredAtEpochMs).toBeGreaterThan(before?.registeredAtEpochMs ?? Infinity);
});

it('does not publish again within the hour, however often it tries', async () => {
  const { election, memory, row, clock } = start();
  const leader = createElection({ name: 'x', via: memoryLease(memory), clock });
  await using _term = await leader.campaign();
  await election.tryCampaign();
  const before = row();
  await clock.advance(60_000);

  await election.tryCampaign();

  expect(row()).toBe(before);
});

it('leaves no row behind that lands late', async () => {
  const landing = Promise.withResolvers<void>();
  const inner = memoryLease();
  const rows = new Set<string>();
  const via = {
    ...inner,
    open: (e: Parameters<typeof inner.open>[0]) => ({
      ...inner.open(e),
      register: async ({ candidateId }: { candidateId: string }) => {
        await landing.promise;
        rows.add(candidateId);
      },
      unregister: async (candidateId: string) => void rows.delete(candidateId),
    }),
  };
  const clock = manualClock();
  const election = createElection({ name: 'x', via, clock, registration: {} });
  const term = await election.campaign();

  const resigned = term.resign();
  await clock.advance(0);
  landing.resolve();
  await resigned;

  expect([...rows]).toEqual([]);
});

it('leads all the same when its row cannot be written', async () => {
  const clock = manualClock();
  const journal = collectingJournal();
  const inner = memoryLease();
  const register = () => Promise.reject(new Error('no permission'));
  const via = {
    ...inner,
    open: (e: Parameters<typeof inner.open>[0]) => ({ ...inner.open(e), register }),
  };
  const election = createElection({ name: 'x', via, clock, journal, registration: {} });

  await using term = await election.campaign();
  await clock.advance(0);

  expect(term.remainingMs()).toBeGreaterThan(0);
  expect(journal.events).toContainEqual(
    expect.objectContaining({ event: 'error', error: new Error('no permission') }),
  );
});

it('writes no row unless asked to', async () => {
  const memory = createMemory();
  const election = createElection({ name: 'x', via: memoryLease(memory), clock: manualClock() });

  await using _term = await election.campaign();

  expect([...(memory.registrations.get('x')?.keys() ?? [])]).toEqual([]);
});

it('refuses facts that cannot be written', () => {
  const registration = { score: Number.NaN, zone: '' };

  expect(() => createElection({ name: 'x', via: memoryLease(), registration })).toThrow(
    /registration.score must be a number or a function, got NaN.*registration.zone must be a text/,
  );
});
