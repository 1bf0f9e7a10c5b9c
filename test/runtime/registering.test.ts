import { expect, it } from 'vitest';
import { createElection } from '../../lib/index.ts';
import {
  collectingJournal,
  createMemory,
  manualClock,
  memoryLease,
} from '../../lib/testing/index.ts';

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

it('stops when its term has ended, and leaves no timer behind', async () => {
  const { election, row, clock } = start();
  const term = await election.campaign();
  await term.resign();
  const before = row();

  await clock.advance(2 * HOUR_MS);

  expect(row()).toBe(before);
  expect(clock.pending).toBe(0);
});

it('does not publish again within the hour, however often it campaigns', async () => {
  const { election, row, clock } = start();
  await (await election.campaign()).resign();
  const before = row();
  await clock.advance(60_000);

  await (await election.campaign()).resign();

  expect(row()).toBe(before);
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
