/**
 * An election tells whether it leads, and when this changes.
 */
import { expect, it, vi } from 'vitest';
import {
  createElection,
  type ElectionOptions,
  type LeadershipLostError,
} from '../../../lib/index.ts';
import { createMemory, manualClock, memoryLease } from '../../../lib/testing/index.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

function setting(options: Partial<ElectionOptions> = {}) {
  const clock = manualClock();
  const memory = createMemory();
  const via = memoryLease(memory);
  const election = createElection({ name: 'e', via, timings, clock, ...options });
  const told: string[] = [];
  election.on('elected', (term) => told.push(`elected ${term.token}`));
  election.on('lost', (reason) => told.push(`lost ${reason.token} ${reason.why}`));
  return { clock, memory, election, told };
}

it('leads from its election to its release, and tells of both', async () => {
  const { election, told } = setting();
  expect([election.isLeading, election.term]).toEqual([false, undefined]);

  const term = await election.campaign();
  expect([election.isLeading, election.term]).toEqual([true, term]);
  expect(told).toEqual(['elected 1']);

  const released = term.resign();
  expect([election.isLeading, election.term]).toEqual([false, undefined]);
  await released;
  expect(told).toEqual(['elected 1', 'lost 1 resigned']);
});

it('leads no more from the instant at which the clocks say so, before any timer has rung', async () => {
  const { clock, election, told } = setting();
  const term = await election.campaign();
  clock.jumpWallClock(10_000 - 200 - 1);
  expect(election.isLeading).toBe(true);

  clock.jumpWallClock(1);

  expect(election.isLeading).toBe(false);
  expect(election.term).toBeUndefined();
  expect(term.remainingMs()).toBe(0);
  expect(told).toEqual(['elected 1', 'lost 1 lapsed']);
});

it('tells of each term before its work starts, and after it lost the role to another', async () => {
  const { clock, memory, election, told } = setting();
  let terms = 0;
  const led = election.leadWhile(async (term) => {
    terms += 1;
    told.push(`works ${term.token}`);
    if (terms > 1) return;
    await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
  });
  await clock.advance(1);
  const record = memory.records.get('e');
  if (record === undefined) return expect.unreachable();
  memory.records.set('e', { ...record, holder: undefined, revision: 'operator' });

  await clock.advance(60_000);
  await led;

  expect(told).toEqual([
    ...['elected 1', 'works 1', 'lost 1 deposed'],
    ...['elected 2', 'works 2', 'lost 2 resigned'],
  ]);
});

it('tells the loss with the reason that the signal gives', async () => {
  const { election } = setting();
  const reasons: LeadershipLostError[] = [];
  election.on('lost', (reason) => reasons.push(reason));
  const term = await election.campaign();

  await term.resign();

  expect(reasons).toMatchObject([{ code: 'LEADERSHIP_LOST', why: 'resigned', token: 1n }]);
  expect(String(reasons[0])).toBe(String(term.signal.reason));
});

it('no longer tells a listener that was taken away', async () => {
  const { election } = setting();
  const told: bigint[] = [];
  const stop = election.on('elected', (term) => told.push(term.token));
  await (await election.campaign()).resign();

  stop();
  await (await election.campaign()).resign();

  expect(told).toEqual([1n]);
});

it('warns of a listener that throws or rejects, and goes on', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const { clock, election, told } = setting();
  election.on('lost', () => {
    throw new Error('of the listener');
  });
  election.on('elected', () => Promise.reject(new Error('of an async one')));

  await (await election.campaign()).resign();
  await clock.advance(0);

  expect(told).toEqual(['elected 1', 'lost 1 resigned']);
  expect(warned.mock.calls.map(([message]) => message)).toEqual([
    'a listener threw: Error: of an async one',
    'a listener threw: Error: of the listener',
  ]);
});

it('tells no listener of a term that no caller took', async () => {
  const leave = new AbortController();
  const journal = {
    record: ({ event }: { event: string }) => event === 'elected' && leave.abort(),
  };
  const { election, told } = setting({ journal });

  await expect(election.campaign({ signal: leave.signal })).rejects.toThrow('aborted');

  expect(told).toEqual([]);
  expect(election.isLeading).toBe(false);
});
